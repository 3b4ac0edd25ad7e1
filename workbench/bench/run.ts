/**
 * npm run bench: the questions; npm run bench -- NAME [NAME...]: their answers, as tables.
 * --quick asks all of them, or those named, with so little that the figures mean nothing: does each bench still run?
 * DATABASE_URL and REDIS_URL name servers to use; without them a local MongoDB, and a redis-server of the PATH.
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
