import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, test } from 'node:test'

/**
 * The order of src/, from top to bottom: a file imports only from rows below its own, or from its own folder.
 * A new file or folder at the root of src/ needs a row.
 */
const rows: readonly (readonly string[])[] = [
  ['server.ts', 'operator/'],
  ['features.ts'],
  ['features/'],
  ['app.ts'],
  ['install-features.ts'],
  ['dashboard/'],
  ['auth/'],
  ['sessions/'],
  ['web/'],
  ['later.ts'],
  ['feature.ts'],
  ['database.ts', 'log.ts'],
  ['config.ts'],
  ['env.ts'],
  ['errors.ts'],
]

/** Only entry points read the list of features. */
const readersOfTheList = ['server.ts', 'operator/index.ts']

interface Import {
  /** Paths from src/, such as auth/routes.ts. Paths outside begin with ../ */
  from: string
  to: string
}

interface Lockfile {
  lockfileVersion: number
  packages: Record<
    string,
    { dev?: boolean; hasInstallScript?: boolean; optionalDependencies?: Record<string, string> }
  >
}

const src = new URL('../src/', import.meta.url)
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  .filter((name) => name.endsWith('.ts'))
const sources = new Map(files.map((file) => [file, readFileSync(new URL(file, src), 'utf8')]))
const imports = [...sources].flatMap(([from, source]) => importsOf(from, source))

test('these tests see every import statement in src/', () => {
  for (const [file, source] of sources) {
    const statements = source.match(/\bfrom ['"]\.|^import ['"]\.|\bimport\(['"]\./gm) ?? []
    assert.equal(imports.filter(({ from }) => from === file).length, statements.length, file)
  }
  assert.ok(imports.some(({ from, to }) => from === 'server.ts' && to === 'app.ts'))
})

test('imports point down', () => {
  for (const file of files) rowOf(file)
  const upward = imports.filter(({ from, to }) => rowOf(to) < rowOf(from))
  assert.deepEqual(upward.map(inWords), [])
})

test("files in one row don't import each other, except within a folder", () => {
  const sideways = imports.filter(
    ({ from, to }) => rowOf(from) === rowOf(to) && folderOf(from) !== folderOf(to),
  )
  assert.deepEqual(sideways.map(inWords), [])
})

test('there are no circular imports, not even of types', () => {
  const done = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file)
    assert.equal(start, -1, `Circular import: ${[...path.slice(start), file].join(' -> ')}`)
    if (done.has(file)) return
    for (const { to } of imports.filter(({ from }) => from === file)) visit(to, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
})

test('the core imports no feature, and only entry points read the list of features', () => {
  const core = imports.filter(({ from }) => !from.startsWith('features'))
  const features = core.filter(({ to }) => to.startsWith('features/'))
  assert.deepEqual(features.map(inWords), [])
  const readers = core.filter(({ to, from }) => to === 'features.ts' && !readersOfTheList.includes(from))
  assert.deepEqual(readers.map(inWords), [])
})

test('a feature imports only the core and the features it needs', () => {
  const foreign = imports.filter(({ from, to }) => {
    const [own, other] = [featureOf(from), featureOf(to)]
    return own && other && own !== other && !needsOf(own).includes(other)
  })
  assert.deepEqual(foreign.map(inWords), [])
})

test('src/ imports nothing from other folders', () => {
  const outside = imports.filter(({ to }) => to.startsWith('../') && to !== '../package.json')
  assert.deepEqual(outside.map(inWords), [])
})

test('the contract contains only types', () => {
  const source = sources.get('feature.ts') ?? ''
  assert.doesNotMatch(
    source,
    /^(export )?(default|async|abstract|const|let|var|function|class|enum)\b|^import (?!type)/m,
  )
})

test('only env.ts reads the environment, so all invalid settings are reported together', () => {
  const readers = files.filter((file) =>
    /process\.env\b|\benv\b.*(=|from) '?(node:)?process\b/.test(sources.get(file) ?? ''),
  )
  assert.deepEqual(readers, ['env.ts'])
})

test('in the core only the log and entry points write to the terminal', () => {
  const writers = files.filter((file) => /\bconsole\.|process\.std(out|err)/.test(sources.get(file) ?? ''))
  const allowed = /^(log|server)\.ts$|^(operator|features)\//
  assert.deepEqual(
    writers.filter((file) => !allowed.test(file)),
    [],
  )
})

test('secrets come from a cryptographic generator and have at least 16 bytes (ASVS 11.5.1)', () => {
  assert.deepEqual(
    [...sources].filter(([, source]) => source.includes('Math.random')),
    [],
  )
  const sizes = [...sources.values()].flatMap((source) =>
    [...source.matchAll(/randomBytes\((\d+)\)/g)].map(([, size]) => Number(size)),
  )
  assert.ok(
    sizes.every((size) => size >= 16),
    `${sizes}`,
  )
})

describe('the packages', () => {
  const lock: Lockfile = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'))

  test('hold one MongoDB driver, which users and sessions share', () => {
    const drivers = Object.keys(lock.packages).filter((path) => path.endsWith('node_modules/mongodb'))
    assert.deepEqual(drivers, ['node_modules/mongodb'])
  })

  test('are locked for every platform, so that npm ci works on each', () => {
    const locked = new Set(Object.keys(lock.packages).map((path) => path.split('node_modules/').at(-1)))
    const missing = Object.values(lock.packages)
      .flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies))
      .filter((name) => !locked.has(name))
    assert.deepEqual(missing, [])
  })

  test('for production run no install scripts', () => {
    const withScript = Object.entries(lock.packages).filter(([, { hasInstallScript }]) => hasInstallScript)
    assert.ok(
      withScript.length > 0,
      'package-lock.json no longer marks such packages; look for another way to tell',
    )
    assert.deepEqual(
      withScript.filter(([, { dev }]) => !dev).map(([path]) => path),
      [],
    )
  })
})

function importsOf(from: string, source: string): Import[] {
  const specifiers = source.matchAll(
    /^(?:import|export)\b(?:[^'"]*?\bfrom)? ['"](\.[^'"]*)|\bimport\(['"](\.[^'"]*)/gm,
  )
  return [...specifiers].map(([, first, second]) => ({
    from,
    to: posix.join(posix.dirname(from), first ?? second ?? ''),
  }))
}

function rowOf(file: string): number {
  const row = rows.findIndex((names) =>
    names.some((name) => file === name || (name.endsWith('/') && file.startsWith(name))),
  )
  assert.notEqual(row, -1, `src/${file} has no row in test/architecture.test.ts`)
  return row
}

/** The first folder of the path, or the file itself at the root of src/. */
function folderOf(file: string): string {
  return file.split('/', 1)[0] ?? ''
}

function featureOf(file: string): string | undefined {
  return /^features\/([\w-]+)\//.exec(file)?.[1]
}

function needsOf(feature: string): string[] {
  const [, needs = ''] = /needs: \[(.*?)\]/s.exec(sources.get(`features/${feature}/index.ts`) ?? '') ?? []
  return [...needs.matchAll(/'([\w-]+)'/g)].map(([, name = '']) => name)
}

function inWords({ from, to }: Import): string {
  return `src/${from} imports src/${to}`
}
