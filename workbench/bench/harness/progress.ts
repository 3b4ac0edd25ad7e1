import { performance } from 'node:perf_hooks'

let title = ''
let lastLine = 0

/** What is being measured, for the lines to come. */
export function begin(question: string): void {
  title = question
  lastLine = 0
}

/** One line that is overwritten in a terminal; elsewhere, such as in CI, a line every ten seconds at most. */
export function progress(line: string): void {
  const text = `${title}: ${line}`
  if (process.stderr.isTTY) {
    process.stderr.write(`\r\u001b[K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`)
  } else if (lastLine === 0 || performance.now() - lastLine > 10_000) {
    lastLine = performance.now()
    process.stderr.write(`${text}\n`)
  }
}

export function clear(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
}
