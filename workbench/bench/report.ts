/**
 * npm run report: answers all questions, or the named ones, and writes benchmarks.md, with each question's charts and
 * figures in benchmarks/. Other questions keep their answers, and the part of benchmarks.md between the two "by hand"
 * comments is kept. A full report takes over an hour, mostly for 200,000 sign-ins to chart memory; --sign-ins 3000 does as
 * many as npm run bench.
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

/** To six digits, more than the measurements justify. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value
}
