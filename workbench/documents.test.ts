import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { measured, report } from './bench/capacity.ts'
import { surroundings } from './bench/harness/machine.ts'
import { questions } from './bench/questions/index.ts'
import { benchmarks } from './bench/report/document.ts'
import { strayFigures, withFigures } from './figures.ts'
import { gaps, table, writtenTests } from './requirements/table.ts'
import { project, readProjectFile } from './support/project.ts'

const scripts = scriptsOf('workbench/package.json')
const documents = ['README.md', ...below('docs'), ...below('workbench')].filter((file) =>
  file.endsWith('.md'),
)

test('scaling.md shows the output of npm run capacity', () => {
  assert.ok(readProjectFile('workbench/scaling.md').includes(report(measured)), 'Paste its output there.')
})

test('benchmarks.md is what npm run report writes from the figures in benchmarks/', () => {
  const names = questions.map(({ name }) => name)
  assert.equal(readProjectFile('workbench/benchmarks.md'), benchmarks(names))
})

test('a report names the version of each package that affects the figures', () => {
  for (const version of Object.values(surroundings().packages)) assert.match(version, /^\d+\.\d+\.\d+/)
})

test("documents quote the benchmarks' figures correctly", () => {
  for (const [file, text] of withFigures()) assert.equal(readProjectFile(file), text, 'Run npm run figures')
})

test('README and docs have no handwritten measurements', () => {
  const guides = documents.filter((file) => !file.startsWith('workbench'))
  assert.deepEqual(guides.flatMap(strayFigures), [])
})

test('README and docs stay within their promised lengths', () => {
  const words = (text: string) => text.split(/\s+/).length
  const [above = ''] = readProjectFile('README.md').split('## Questions')
  assert.ok(words(above) <= 900 && words(readProjectFile('README.md')) <= 1_400)
  for (const file of below('docs').filter((name) => name.endsWith('.md')))
    assert.ok(readProjectFile(file).split('\n').length <= 251, file)
})

test('every requirement has a test or an exception, and every test a requirement', () => {
  assert.deepEqual(gaps(writtenTests()), [])
})

test('requirements/table.md lists every requirement and every test once, and all passed', () => {
  const shown = readProjectFile('workbench/requirements/table.md')
  assert.ok(shown.endsWith(`\n${table(writtenTests(), () => 'pass')}\n`), 'Run npm run requirements')
})

test('README.md of the workbench explains each of its commands once', () => {
  const readme = readProjectFile('workbench/README.md')
  const explained = all(readme, /^\| `npm run ([\w-]+)/gm)
  assert.deepEqual(explained.toSorted(), Object.keys(scripts).toSorted())
})

for (const file of documents) {
  const text = readProjectFile(file)
  const prose = text.replace(/^```.*?^```$/gms, '')

  test(`${file} links to files and headings that exist, and mentions only commands that exist`, () => {
    const dead = all(prose, /\]\((?!https?:)([^)]+)\)/g).filter((link) => {
      const [path = '', heading] = link.split('#')
      const target = path ? join(dirname(file), path) : file
      return !existsSync(join(project, target)) || (heading && !headingsOf(target).includes(heading))
    })
    assert.deepEqual(dead, [])
    const here = all(text, /npm --prefix workbench run ([\w:-]+)/g)
    assert.deepEqual(
      here.filter((name) => !(name in scripts)),
      [],
    )
    const files = all(prose, /`(workbench\/[\w./-]+)`/g)
    assert.deepEqual(
      files.filter((name) => !existsSync(join(project, name))),
      [],
    )
  })
}

/** As GitHub generates them. */
function headingsOf(file: string): string[] {
  return all(readProjectFile(file), /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function scriptsOf(file: string): Record<string, string> {
  return JSON.parse(readProjectFile(file)).scripts
}

function below(folder: string): string[] {
  return readdirSync(join(project, folder)).map((name) => join(folder, name))
}

function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found)
}
