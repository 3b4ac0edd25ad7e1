import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Answer } from '../harness/answer.ts'
import type { Servers } from '../harness/ask.ts'
import type { Surroundings } from '../harness/machine.ts'
import { asMarkdown, goalTable } from './markdown.ts'

/** A file of benchmarks/. */
export interface Kept {
  name: string
  question: string
  surroundings: Surroundings & Servers
  answer: Answer
}

export const folder = new URL('../../benchmarks/', import.meta.url)
const file = new URL('../../benchmarks.md', import.meta.url)
const byHand = /<!-- begin by hand[^>]*-->\n.*<!-- end by hand -->/s

export function writeReport(names: string[]): void {
  writeFileSync(file, benchmarks(names))
}

/** The text of benchmarks.md, from the kept answers to these questions and the handwritten part. */
export function benchmarks(names: string[]): string {
  const all = names.filter((name) => existsSync(new URL(`${name}.json`, folder))).map(read)
  const handwritten = existsSync(file) ? byHand.exec(readFileSync(file, 'utf8'))?.[0] : undefined
  const goals = all.flatMap(({ answer }) => answer.goals ?? [])
  return `${[
    introduction,
    `## Goals\n\n${goalTable(goals)}`,
    handwritten ?? emptyPlace,
    ...all.map(section),
    `## Measured with\n\n${where(all)}`,
  ].join('\n\n')}\n`
}

const introduction = `# Benchmarks

Common claims about session stores, measured, and how this starter compares. \`npm run bench\` lists the questions, \`npm run bench -- stores\` answers one on your
machine, and \`npm run report\` writes this file, its charts, and the JSON with every run.

**Read ratios, not absolutes.** The contestants, the database and the load share the cores of one machine. Without \`DATABASE_URL\`, the database is the one of \`npm run dev\`:
MongoDB's engine and storage in an experimental build, inside one Node process behind a listener in JavaScript. It is not a tuned
\`mongod\`. It has no replica set, authentication or encryption, and the listener costs CPU time for each command and sends all commands through one thread. A standalone
MongoDB handles more commands per second; over a network, each command waits longer. Writes wait neither for the journal nor for Redis's persistence. Set \`DATABASE_URL\` and
\`REDIS_URL\` to measure yours.

Each contestant is a separate process. All warm up, then take turns. The tables show medians of five turns, with minimum and maximum in parentheses. CPU time comes from
the operating system, and commands per request from the driver's log. Our app is the built version, logging only warnings.`

const emptyPlace = `<!-- begin by hand: npm run report leaves this part as it is -->
### Goals not met

For each: where the time goes according to \`npm run profile\`, three things tried, and the figure reached.
<!-- end by hand -->`

function section({ name, question, answer }: Kept): string {
  const pictures = answer.charts.map(
    ({ title }, index) => `![${title}](benchmarks/${name}${index === 0 ? '' : `-${index + 1}`}.svg)`,
  )
  return [
    `## ${question}`,
    ...pictures,
    asMarkdown({ ...answer, goals: [] }),
    `\`npm run bench -- ${name}\` · [every run](benchmarks/${name}.json)`,
  ].join('\n\n')
}

/** One line if everything was measured together, otherwise one per measurement. */
function where(all: Kept[]): string {
  const lines = new Map<string, string[]>()
  for (const { name, surroundings } of all) {
    const line = described(surroundings)
    lines.set(line, [...(lines.get(line) ?? []), name])
  }
  return [...lines]
    .map(([line, names]) => (lines.size > 1 ? `${names.join(', ')}: ${line}` : line))
    .join('\n\n')
}

function described({ date, machine, node, packages, commit, database, redis }: Kept['surroundings']): string {
  const versions = Object.entries(packages).map(([name, version]) => `${name} ${version}`)
  return `${date}, commit ${commit}; ${machine}; Node ${node}; ${database}; ${redis}; ${versions.join(', ')}.`
}

function read(name: string): Kept {
  return JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))
}
