import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { project, readProjectFile } from '../support/project.ts'
import { type Requirement, requirements } from './requirements.ts'

/** A test whose name ends with requirement IDs, as in: TRACE is refused (ASVS 13.4.4). */
export interface WrittenTest {
  readonly name: string
  readonly file: string
  /** The name without the IDs. */
  readonly title: string
  readonly ids: readonly string[]
}

/** Read from the sources, where each name is a plain string, to check the table without running the tests. */
export function writtenTests(): WrittenTest[] {
  const written = /^ *test\(\s*(['"])((?:\\.|(?!\1).)* \(ASVS [\d., ]+\))\1/gm
  const tests = testFiles().flatMap((file) =>
    [...readProjectFile(file).matchAll(written)].map(([, , literal = '']) => {
      const name = literal.replace(/\\(.)/g, '$1')
      const [title = '', ids = ''] = name.slice(0, -1).split(' (ASVS ')
      return { name, file, title, ids: ids.split(', ') }
    }),
  )
  // Moving a test to another file doesn't change the table.
  return tests.sort((a, b) => (a.name + a.file < b.name + b.file ? -1 : 1))
}

/** Relative to the project's folder. */
function testFiles(): string[] {
  return ['test', 'workbench/proofs'].flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .sort()
      .map((name) => join(folder, name)),
  )
}

/** Mismatches between requirements and tests, one line each. */
export function gaps(tests: readonly WrittenTest[]): string[] {
  const known = new Set(requirements.map(({ id }) => id))
  const shown = new Set(tests.flatMap(({ ids }) => ids))
  const sources = testFiles().map(readProjectFile).join('')
  return [
    ...[...shown].filter((id) => !known.has(id)).map((id) => `No such requirement: ${id}`),
    ...tests
      .filter(({ name, file }, index) => tests[index + 1]?.name === name && tests[index + 1]?.file === file)
      .map(({ name, file }) => `${file} has two tests with the same name: ${name}`),
    ...requirements
      .filter(({ id, exception, inBrowser }) => !exception !== (shown.has(id) || !!inBrowser))
      .map(({ id }) => `${id} needs either a test or an exception`),
    ...requirements
      .flatMap(({ inBrowser = [] }) => inBrowser)
      .filter((title) => !sources.includes(`'${title}'`))
      .map((title) => `No such browser test: ${title}`),
  ]
}

/** @param result of a test */
export function table(tests: readonly WrittenTest[], result: (test: WrittenTest) => string): string {
  const rows = requirements.flatMap((requirement) => rowsFor(requirement, tests, result))
  return ['| id (level) | requirement | test | result |', '|---|---|---|---|', ...rows].join('\n')
}

function rowsFor(
  { id, level, text, exception, inBrowser = [] }: Requirement,
  tests: readonly WrittenTest[],
  result: (test: WrittenTest) => string,
): string[] {
  const cells = [
    ...tests.filter(({ ids }) => ids.includes(id)).map((test) => [test.title, result(test)]),
    ...inBrowser.map((title) => [title, '`npm run test:browser`']),
    ...(exception ? [['', exception]] : []),
  ]
  return cells.map(([title = '', outcome], index) => {
    const requirement = index === 0 ? text : ''
    return `| ${id} (${level}) | ${requirement} | ${title.replaceAll('|', '\\|')} | ${outcome} |`
  })
}
