/** npm run security:table: runs the suite, and writes what came of it into docs/security.md. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gaps, suiteFiles, table, writtenTests } from './table.ts'

const document = 'docs/security.md'
const tests = writtenTests()
const passed = run()
const failed = tests.filter(({ name }) => !passed.has(name)).map(({ name }) => `Did not pass: ${name}`)

const made = table(tests, (name) => (passed.has(name) ? 'pass' : '**fail**'))
const before = readFileSync(document, 'utf8')
writeFileSync(
  document,
  before.replace(
    /(<!-- table -->\n)[\s\S]*(\n<!-- end of the table -->)/,
    (_, begin, end) => begin + made + end,
  ),
)

const problems = [...gaps(tests), ...failed]
for (const problem of problems) console.error(problem)
console.log(`${document}: ${tests.length} tests, ${failed.length} of which failed.`)
process.exitCode = problems.length > 0 ? 1 : 0

/** The names of the tests that passed. */
function run(): Set<string> {
  const folder = mkdtempSync(join(tmpdir(), 'security-table-'))
  const report = join(folder, 'junit.xml')
  // test/run.ts has the first reporter already; this is where it writes, and a second one.
  const reporters = [
    '--test-reporter-destination=stdout',
    '--test-reporter=junit',
    `--test-reporter-destination=${report}`,
  ]
  spawnSync(process.execPath, ['--import', 'tsx', 'test/run.ts', ...reporters, ...suiteFiles()], {
    stdio: 'inherit',
  })
  const names = [...readFileSync(report, 'utf8').matchAll(/<testcase name="([^"]*)"[^>]*\/>/g)]
  rmSync(folder, { recursive: true })
  return new Set(names.map(([, name = '']) => decoded(name)))
}

/** A test without a failure is an element without content. */
function decoded(xml: string): string {
  const signs: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }
  return xml.replace(/&(\w+);/g, (all, name) => signs[name] ?? all)
}
