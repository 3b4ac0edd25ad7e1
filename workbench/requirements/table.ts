import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { project, readProjectFile } from '../support/project.ts'
import { type Requirement, requirements } from './requirements.ts'

/** A test whose name begins with the id of a requirement, as it stands in its file. */
export interface WrittenTest {
  readonly name: string
  readonly file: string
}

/** Read from the sources, where each name is a plain string, so that the table can be checked without a run. */
export function writtenTests(): WrittenTest[] {
  const written = /^ *test\(\s*(?:'(\d+\.\d+\.\d+ (?:[^'\\]|\\.)*)'|"(\d+\.\d+\.\d+ (?:[^"\\]|\\.)*)")/gm
  const tests = testFiles().flatMap((file) =>
    [...readProjectFile(file).matchAll(written)].map(([, single, double = '']) => ({
      name: (single ?? double).replace(/\\(.)/g, '$1'),
      file,
    })),
  )
  // So that the table stays as it is when a test moves to another file.
  return tests.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** From the project's folder. */
function testFiles(): string[] {
  return ['test', 'workbench/proofs'].flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.test.ts'))
      .sort()
      .map((name) => join(folder, name)),
  )
}

/** What is wrong with the list and the tests: a line each. */
export function gaps(tests: readonly WrittenTest[]): string[] {
  const known = new Set(requirements.map(({ id }) => id))
  const names = tests.map(({ name }) => name)
  const sources = testFiles().map(readProjectFile).join('')
  const inBrowser = requirements.flatMap(({ inBrowser = [] }) => inBrowser)
  return [
    ...names.filter((name) => !known.has(idOf(name))).map((name) => `No such requirement: ${name}`),
    ...names
      .filter((name, index) => names.indexOf(name) !== index)
      .map((name) => `Two tests have one name: ${name}`),
    ...requirements
      .filter(({ id, exception }) => (exception === undefined) !== names.some((name) => idOf(name) === id))
      .map(({ id }) => `${id} needs a test or an exception, and not both`),
    ...inBrowser
      .filter((name) => !sources.includes(`'${titleOf(name)}'`))
      .map((name) => `No such test in a browser: ${name}`),
  ]
}

/** @param result of the test with this name */
export function table(tests: readonly WrittenTest[], result: (name: string) => string): string {
  const rows = requirements.flatMap((requirement) => rowsFor(requirement, tests, result))
  return ['| id (level) | requirement | test | result |', '|---|---|---|---|', ...rows].join('\n')
}

function rowsFor(
  { id, level, text, exception, inBrowser = [] }: Requirement,
  tests: readonly WrittenTest[],
  result: (name: string) => string,
): string[] {
  const own = tests.filter(({ name }) => idOf(name) === id)
  const cells = [
    ...own.map(({ name }) => [titleOf(name), result(name)]),
    ...inBrowser.map((name) => [titleOf(name), '`npm run test:browser`']),
    ...(exception ? [['', exception]] : []),
  ]
  return cells.map(([title = '', outcome], index) => {
    const requirement = index === 0 ? text : ''
    return `| ${id} (${level}) | ${requirement} | ${title.replaceAll('|', '\\|')} | ${outcome} |`
  })
}

function idOf(name: string): string {
  return name.split(' ', 1)[0] ?? ''
}

function titleOf(name: string): string {
  return name.slice(idOf(name).length + 1)
}
