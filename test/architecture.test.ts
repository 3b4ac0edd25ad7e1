import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { describe, test } from 'node:test'

/**
 * The order of src/, from top to bottom: a file may import what stands in a row below its own, or in its own folder.
 * A file or folder without a row stands at the bottom: a small helper that everybody may use. Give others a row.
 */
const rows: readonly (readonly string[])[] = [
  ['server.ts', 'commands/'],
  ['start.ts'],
  ['stop.ts', 'metrics/'],
  ['app.ts'],
  ['routes/'],
  ['middleware/'],
  ['mail/'], // mail
  ['sessions/'],
  ['rate-limiter.ts'],
  ['database.ts', 'forms.ts', 'log.ts'],
  ['models/'],
]

interface Import {
  /** The file, from src/: routes/auth.ts. */
  from: string
  /** A file, from src/ too, or the name of a package. */
  to: string
  isFile: boolean
  /** `import type`: gone when the app runs. */
  typeOnly: boolean
}

interface Lockfile {
  lockfileVersion: number
  packages: Record<
    string,
    { dev?: boolean; hasInstallScript?: boolean; optionalDependencies?: Record<string, string> }
  >
}

const sources = sourcesOf(new URL('../src/', import.meta.url))
const imports = [...sources].flatMap(([file, source]) => importsOf(file, source))
const fileImports = imports.filter(({ isFile }) => isFile)

test('every import statement of src/ is seen by the tests below', () => {
  for (const [file, source] of sources) {
    const statements = source.match(/^import\b|^export .*\bfrom '|\bimport\('/gm) ?? []
    const seen = imports.filter(({ from }) => from === file)
    assert.equal(seen.length, statements.length, file)
  }
  const found = imports.map(({ from, to }) => `${from} ${to}`)
  for (const one of [
    'start.ts app.ts',
    'sessions/store.ts deadline.ts',
    'models/user.ts mongoose',
    'log.ts pino-pretty',
  ]) {
    assert.ok(found.includes(one), one)
  }
})

describe('imports point down only', () => {
  test('no file imports what stands above it', () => {
    const upward = fileImports.filter(({ from, to }) => rowOf(to) < rowOf(from))
    assert.deepEqual(upward.map(inWords), [])
  })

  test('no file imports what stands beside it, but for files of one folder', () => {
    const sideways = fileImports.filter(
      ({ from, to }) =>
        rowOf(to) === rowOf(from) && rowOf(from) < rows.length && folderOf(from) !== folderOf(to),
    )
    assert.deepEqual(sideways.map(inWords), [])
  })

  test('routes do not import each other', () => {
    const between = fileImports.filter(
      ({ from, to }) => from.startsWith('routes/') && to.startsWith('routes/'),
    )
    assert.deepEqual(between.map(inWords), [])
  })

  test('models know nothing of the web', () => {
    const web = imports.filter(
      ({ from, to, typeOnly }) =>
        from.startsWith('models/') &&
        (to === 'express' || (!typeOnly && /^(express|passport|connect)\b/.test(to))),
    )
    assert.deepEqual(web.map(inWords), [])
  })

  test('src/ imports nothing of dev/, test/ or bench/', () => {
    const outside = fileImports.filter(({ to }) => to.startsWith('../'))
    assert.deepEqual(outside.map(inWords), [])
  })

  test('only the start and the commands read the configuration and open the database; the rest is handed them', () => {
    const makers = ['config.ts', 'database.ts']
    const others = fileImports.filter(
      ({ from, to, typeOnly }) => makers.includes(to) && !typeOnly && rowOf(from) > rowOf('start.ts'),
    )
    assert.deepEqual(others.map(inWords), [])
  })
})

describe('one place for each', () => {
  test('only config.ts reads environment variables', () => {
    assert.deepEqual(filesWith(/\bprocess\.env\b|\benv\b.*'node:process'/), ['config.ts'])
  })

  test('what is said goes through the log, not the console', () => {
    assert.deepEqual(filesWith(/\bconsole\b/), [])
  })
})

test('what must not be guessed comes from a cryptographic generator, 16 bytes or more (ASVS 11.5.1)', () => {
  assert.deepEqual(filesWith(/Math\.random/), [])
  const sizes = [...sources.values()].flatMap((source) =>
    [...source.matchAll(/randomBytes\((\d+)\)/g)].map(([, size]) => Number(size)),
  )
  assert.ok(sizes.length >= 1 && sizes.every((size) => size >= 16), `${sizes}`)
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

  test('that go to production run no code while they are installed', () => {
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

function sourcesOf(folder: URL): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))
  return new Map(files.map((file) => [file, readFileSync(new URL(file, folder), 'utf8')]))
}

function importsOf(from: string, source: string): Import[] {
  const statement = /^(?:import|export)\s+(type\s)?(?:[^;'"]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm
  return [...source.matchAll(statement)].map(([, type, name = '', dynamicName]) => {
    const to = dynamicName ?? name
    const isFile = to.startsWith('.')
    return {
      from,
      to: isFile ? posix.join(posix.dirname(from), to) : to,
      isFile,
      typeOnly: type !== undefined,
    }
  })
}

function rowOf(file: string): number {
  const row = rows.findIndex((names) => names.includes(file) || names.includes(`${folderOf(file)}/`))
  return row === -1 ? rows.length : row
}

function folderOf(file: string): string {
  return posix.dirname(file)
}

function inWords({ from, to }: Import): string {
  return `src/${from} imports ${to}`
}

function filesWith(pattern: RegExp): string[] {
  return [...sources].filter(([, source]) => pattern.test(source)).map(([file]) => file)
}
