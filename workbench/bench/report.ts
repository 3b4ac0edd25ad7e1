/**
 * npm run report: asks every question, or those named, and writes benchmarks.md, with a chart and all figures of
 * each question in benchmarks/. What was not asked stays as it was; so does what stands between the two comments that
 * say so in benchmarks.md. All of it takes more than an hour, most of which goes into 200,000 sign-ins, for the line of
 * memory after them; --sign-ins 3000 is what npm run bench does.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ask } from './harness/ask.ts'
import { surroundings } from './harness/machine.ts'
import { questions } from './questions/index.ts'
import { asSvg } from './report/chart.ts'
import { folder, type Kept, writeReport } from './report/document.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    sessions: { type: 'string' },
    'sign-ins': { type: 'string' },
  },
})
const { quick, ...given } = values
const options = quick ? given : { 'sign-ins': '200000', ...given }
const asked = questions.filter(({ name }) => positionals.length === 0 || positionals.includes(name))

mkdirSync(folder, { recursive: true })
await ask(asked, { quick, options }, async ({ name, question }, answer, servers) => {
  const kept: Kept = { name, question, surroundings: { ...surroundings(), ...servers }, answer }
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(kept, rounded, 1)}\n`)
  for (const [index, chart] of answer.charts.entries()) {
    writeFileSync(new URL(`${name}${index === 0 ? '' : `-${index + 1}`}.svg`, folder), asSvg(chart))
  }
})
writeReport(questions.map(({ name }) => name))

/** Six digits are more than was measured. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value
}
