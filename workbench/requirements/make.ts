/** npm run requirements: runs the tests for requirements.ts, and writes the results to table.md. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { project } from '../support/project.ts'
import { gaps, table, type WrittenTest, writtenTests } from './table.ts'

const document = new URL('table.md', import.meta.url)
const tests = writtenTests()
const passed = run([...new Set(tests.map(({ file }) => file))])
const hasPassed = ({ file, name }: WrittenTest) => passed.has(`${join(project, file)} ${name}`)
const failed = tests.filter((test) => !hasPassed(test)).map(({ name }) => `Failed: ${name}`)

const introduction = readFileSync(document, 'utf8').split('| id (level)', 1)[0]
writeFileSync(document, `${introduction}${table(tests, (test) => (hasPassed(test) ? 'pass' : '**fail**'))}\n`)

const problems = [...gaps(tests), ...failed]
for (const problem of problems) console.error(problem)
console.log(`requirements/table.md: ${tests.length} tests, ${failed.length} failed.`)
process.exitCode = problems.length > 0 ? 1 : 0

/** The file and name of each passed test. */
function run(files: string[]): Set<string> {
  const folder = mkdtempSync(join(tmpdir(), 'requirements-'))
  const names = join(folder, 'passed')
  // test/run.ts already has a first reporter. This sets its destination, and adds a second one.
  const reporters = [
    '--test-reporter-destination=stdout',
    `--test-reporter=${new URL('passed.js', import.meta.url)}`,
    `--test-reporter-destination=${names}`,
  ]
  const command = ['--import', 'tsx', 'test/run.ts', ...reporters, ...files]
  spawnSync(process.execPath, command, { cwd: project, stdio: 'inherit' })
  const passed = readFileSync(names, 'utf8').split('\n')
  rmSync(folder, { recursive: true })
  return new Set(passed)
}
