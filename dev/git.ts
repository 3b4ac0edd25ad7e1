import { spawnSync } from 'node:child_process'

/** Whether everything is committed. False where there is no repository. */
export function isClean(): boolean {
  const { status, stdout } = git('status', '--porcelain', '--', '.')
  return status === 0 && stdout === ''
}

/** The lines that differ from the last commit, as they are now: "README.md:1  # My App". */
export function changedLines(): string[] {
  const lines: string[] = []
  let file = ''
  let number = 0
  for (const line of git('diff', ...plain).stdout.split('\n')) {
    const [, start] = /^@@ \S+ \+(\d+)/.exec(line) ?? []
    if (start) number = Number(start)
    else if (line.startsWith('+++ b/')) file = line.slice('+++ b/'.length)
    else if (line.startsWith('+')) lines.push(`${file}:${number++}  ${line.slice(1).trim()}`)
  }
  return lines
}

/** Whatever the person's own configuration says. */
const plain = [
  '--relative',
  '--unified=0',
  '--no-color',
  '--no-ext-diff',
  '--src-prefix=a/',
  '--dst-prefix=b/',
]

function git(...args: string[]) {
  return spawnSync('git', args, { encoding: 'utf8' })
}
