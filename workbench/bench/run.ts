/**
 * npm run bench lists the questions; npm run bench -- NAME [NAME...] answers them, as tables.
 * --quick only checks that all benchmarks, or the named ones, still run; its figures mean nothing.
 * Uses the servers in DATABASE_URL and REDIS_URL, or else a local MongoDB and a redis-server on the PATH.
 */
import { parseArgs } from 'node:util'
import { ask } from './harness/ask.ts'
import { questions } from './questions/index.ts'
import { asMarkdown } from './report/markdown.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    sessions: { type: 'string' },
    'sign-ins': { type: 'string' },
  },
})
const { quick, ...options } = values
const asked = questions.filter(
  ({ name }) => positionals.includes(name) || (quick && positionals.length === 0),
)
const unknown = positionals.filter((name) => !questions.some((question) => question.name === name))

if (unknown.length > 0) {
  console.error(`There is no question ${unknown.join(', ')}. npm run bench lists them.`)
  process.exitCode = 1
} else if (asked.length === 0) {
  const width = Math.max(...questions.map(({ name }) => name.length)) + 2
  for (const { name, question } of questions) console.log(name.padEnd(width) + question)
  console.log('\nnpm run bench -- NAME answers one.')
} else {
  await ask(asked, { quick, options }, async ({ name, question }, answer) => {
    console.log(`\n## ${name}\n\n${question}\n\n${asMarkdown(answer)}`)
  })
}
