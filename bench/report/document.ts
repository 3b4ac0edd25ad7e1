import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { Answer } from '../harness/answer.ts'
import type { Servers } from '../harness/ask.ts'
import type { Surroundings } from '../harness/machine.ts'
import { asMarkdown, goalTable } from './markdown.ts'

/** A file of docs/benchmarks/. */
export interface Kept {
  name: string
  question: string
  surroundings: Surroundings & Servers
  answer: Answer
}

export const folder = new URL('../../docs/benchmarks/', import.meta.url)
const file = new URL('../../docs/benchmarks.md', import.meta.url)
const byHand = /<!-- begin by hand[^>]*-->\n.*<!-- end by hand -->/s

/** Makes docs/benchmarks.md of what is kept about these questions. */
export function writeReport(names: string[]): void {
  const all = names.filter((name) => existsSync(new URL(`${name}.json`, folder))).map(read)
  const handwritten = existsSync(file) ? byHand.exec(readFileSync(file, 'utf8'))?.[0] : undefined
  const goals = all.flatMap(({ answer }) => answer.goals ?? [])
  writeFileSync(
    file,
    [
      introduction,
      `## Goals\n\n${goalTable(goals)}`,
      handwritten ?? emptyPlace,
      ...all.map(section),
      `## Measured with\n\n${where(all)}`,
    ].join('\n\n') + '\n',
  )
}

const introduction = `# Benchmarks

The claims about session stores that everybody repeats, measured; and what this starter makes of them. \`npm run bench\` lists the questions, \`npm run bench -- stores\`
answers one on your machine, and \`npm run bench:report\` wrote this file, its charts and the JSON beside them, which holds every single run.

Read ratios, not absolutes. All contestants, the database and the load share the machine's cores, and without \`DATABASE_URL\` the database is the embedded engine of
\`npm run dev\`: MongoDB's own engine and storage, built experimentally into one Node process behind a listener in JavaScript. It is not a tuned \`mongod\`: it has one
thread less of everything, no replica set, no encryption and no network, and each command costs a few dozen microseconds for the listener. A real MongoDB is faster in throughput
and, with a network between, slower in latency. Journal and Redis' persistence are off. Nothing here tells how your own pages will do.

Contestants are processes of their own, which warm up and then take turns; the tables show medians of five turns, in brackets the least and the largest. Processor time
comes from the operating system. Commands are those that the driver logs.`

const emptyPlace = `<!-- begin by hand: npm run bench:report leaves this part as it is -->
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
