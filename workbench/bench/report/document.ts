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

/** What benchmarks.md says, from what is kept about these questions and what was written into it by hand. */
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

What is said about session stores, measured, and what this starter makes of it. \`npm run bench\` lists the questions, \`npm run bench -- stores\` answers one on your
machine, and \`npm run report\` writes this file, its charts, and the JSON beside them, which holds every single run.

**Read ratios, not absolutes.** The contestants, the database and the load share the cores of one machine. Without \`DATABASE_URL\` the database is that of \`npm run dev\`:
the engine and the storage of MongoDB, in an experimental build that runs inside one Node process and is reached through a listener in JavaScript. It is not a tuned
\`mongod\`. It has no replica set, no authentication and no encryption; the listener costs each command some processor time and makes all commands pass through one thread. A MongoDB of its
own takes more commands a second; with a network between, each command waits longer. Neither the journal nor Redis' persistence is waited for. Set \`DATABASE_URL\` and \`REDIS_URL\`
to measure yours.

Contestants are processes of their own, which warm up and then take turns. The tables show medians of five turns, in brackets the least and the largest. Processor time comes from
the operating system, and the commands of a request are those that the driver logs. Our app is the built one, logging warnings only.`

const emptyPlace = `<!-- begin by hand: npm run report leaves this part as it is -->
### Goals that are not met

For each: where the time goes by \`npm run profile\`, the three things that were tried, and the figure reached.
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

/** One line where everything was measured at once; otherwise one for each time. */
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
