import { performance } from 'node:perf_hooks'

let title = ''
let lastLine = 0

/** Sets what is being measured, for the following lines. */
export function begin(question: string): void {
  title = question
  lastLine = 0
}

/** In a terminal, one line that is overwritten; elsewhere, as in CI, at most one line every ten seconds. */
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
