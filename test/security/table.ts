import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Requirement, requirements } from './requirements.ts'

/** A test of the suite as it stands in its file. */
export interface WrittenTest {
  readonly name: string
  readonly file: string
}

/** The files whose tests carry the id of a requirement. */
export function suiteFiles(): string[] {
  const mail = existsSync('test/mail') ? matching('test/mail', /^security.*\.test\.ts$/) : [] // mail
  return [
    ...matching('test/security', /\.test\.ts$/),
    ...mail, // mail
  ]
}

/** Read from the sources, where each name is a literal, so that the table can be checked without a run. */
export function writtenTests(): WrittenTest[] {
  return suiteFiles().flatMap((file) => {
    const calls = [
      ...readFileSync(file, 'utf8').matchAll(
        /^ *test\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|(.*))/gm,
      ),
    ]
    return calls.map(([, single, double, other]) => {
      const name = single ?? double
      if (name === undefined) throw new Error(`${file}: the name of a test is not a plain string: ${other}`)
      return { name: name.replace(/\\(.)/g, '$1'), file }
    })
  })
}

/** What is wrong with the list and the tests: a line each. */
export function gaps(tests: readonly WrittenTest[]): string[] {
  const known = new Set(requirements.map(({ id }) => id))
  const names = tests.map(({ name }) => name)
  return [
    ...names.filter((name) => !known.has(idOf(name))).map((name) => `No such requirement: ${name}`),
    ...names
      .filter((name, index) => names.indexOf(name) !== index)
      .map((name) => `Two tests have one name: ${name}`),
    ...requirements
      .filter(({ id, exception }) => (exception === undefined) !== names.some((name) => idOf(name) === id))
      .map(({ id }) => `${id} needs a test or an exception, and not both`),
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
    ...own.map(({ name, file }) => [titleOf(name), result(name), markOf(file)]),
    ...inBrowser.map((name) => [titleOf(name), '`npm run test:browser`', '|']),
    ...(exception ? [['', exception, '|']] : []),
  ]
  return cells.map(([title, outcome, end], index) => {
    const requirement = index === 0 ? text : ''
    return `| ${id} (${level}) | ${requirement} | ${title} | ${outcome} ${end}`
  })
}

/** The row of a test that goes with the mail is found by its last words. */
function markOf(file: string): string {
  return file.startsWith(join('test', 'mail')) ? '<!-- mail -->' : '|'
}

function idOf(name: string): string {
  return name.split(' ', 1)[0] ?? ''
}

function titleOf(name: string): string {
  return name.slice(idOf(name).length + 1).replaceAll('|', '\\|')
}

function matching(folder: string, pattern: RegExp): string[] {
  return readdirSync(folder)
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, name))
}
