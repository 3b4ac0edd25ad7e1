import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'

const documents = ['README.md', ...readdirSync('docs').map((name) => join('docs', name))].filter((name) =>
  name.endsWith('.md'),
)
/**
 * The features that the documents describe. After you remove one, the tests skip the documents until you have rewritten them
 * and removed it from this list.
 */
const documented = ['account', 'admin', 'demo', 'devices', 'mail', 'metrics', 'styleguide']
const removed = documented.filter((name) => !existsSync(join('src', 'features', name)))
const skip =
  removed.length > 0 && `Rewrite what docs/ says of ${removed.join(' and ')}, then update this file`

/** Of the core and the features that the documents describe: a fork's own need no row in them. */
const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .filter((name) => !/^features.\w/.test(name) || documented.includes(name.split(/[/\\]/)[1] ?? ''))
  .map((name) => join('src', name))
const scripts: Record<string, string> = JSON.parse(readFileSync('package.json', 'utf8')).scripts

for (const file of documents) {
  const document = text(file)
  const prose = document
    .replace(/^```.*?^```$/gms, '')
    .replace(/\]\([./]*workbench\/[^)]*\)|`workbench\/[^`]*`/g, '') // a folder that may be deleted, with tests of its own for these

  test(`${file} links to files and headings that exist`, { skip }, () => {
    const links = all(prose, /\]\((?!https?:)([^)]+)\)/g)
    const dead = links.filter((link) => {
      const [path = '', heading] = link.split('#')
      const target = path ? join(dirname(file), path) : file
      return !existsSync(target) || (heading !== undefined && !headings(target).includes(heading))
    })
    assert.deepEqual(dead, [])
  })

  test(`${file} names files of this project and scripts that exist`, { skip }, () => {
    const paths = all(prose, /`((?:src|test|dev|views|public|deploy)\/[\w./-]+)`/g)
    const made = file === join('docs', 'grow.md') ? all(document, /^`?.*`([\w./-]+)`:\n\n```/gm) : []
    assert.deepEqual(
      paths.filter((path) => !existsSync(path) && !made.includes(path)),
      [],
    )
    const named = all(document, /npm run ([\w:-]+)/g)
    assert.deepEqual(
      named.filter((name) => !(name in scripts)),
      [],
    )
  })
}

test('docs/deploy.md sets only variables that .env.example explains', { skip }, () => {
  // The first is Compose's own.
  const known = ['COMPOSE_FILE', ...all(text('.env.example'), /^# ([A-Z_]+)=/gm)]
  const document = text('docs/deploy.md')
  const used = [
    ...all(document, /\b([A-Z]+_[A-Z_]+) ?=/g),
    ...all(document, /- key: ([A-Z_]+)/g),
    ...all(document, /`([A-Z]+_[A-Z_]+)`/g),
  ]
  assert.ok(used.includes('APP_ORIGIN') && used.includes('TRUST_PROXY'))
  assert.deepEqual(
    used.filter((name) => !known.includes(name)),
    [],
  )
})

test('the Render file in docs/deploy.md is valid YAML with everything the app needs', () => {
  const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(text('docs/deploy.md')) ?? []
  const { services }: { services: { envVars: { key: string }[] }[] } = parse(yaml)
  const keys = services[0]?.envVars.map(({ key }) => key) ?? []
  for (const needed of ['DATABASE_URL', 'SECRET_KEY', 'APP_ORIGIN', 'TRUST_PROXY'])
    assert.ok(keys.includes(needed))
})

test('docs/security.md lists the limits in the code', { skip }, async () => {
  const rows = [...text('docs/security.md').matchAll(/^\| `(\w+)` \| (\d+) \| (\d+) minutes \| /gm)]
  const declaring = sources.filter((file) => /^export const .*(\n.*)*attempts:/m.test(text(file)))
  const modules: object[] = await Promise.all(
    declaring.map((file) => import(new URL(`../../${file}`, import.meta.url).href)),
  )
  const limits = modules.flatMap(Object.values).filter((one) => Object(one).attempts && Object(one).seconds)
  assert.ok(limits.length > 0)
  assert.deepEqual(
    rows.map(([, name, attempts, minutes]) => `${name} ${attempts} ${minutes}`).sort(),
    limits.map(({ name, attempts, seconds }) => `${name} ${attempts} ${seconds / 60}`).sort(),
  )
})

test('docs/security.md names a test for each limit', { skip }, () => {
  const named = [...text('docs/security.md').matchAll(/^\| `\w+` \| \d+ .*\| `([\w/-]+)`: (.+) \|$/gm)]
  assert.ok(named.length > 0)
  for (const [, file, title = ''] of named) assert.ok(text(`test/${file}.test.ts`).includes(title), title)
})

test('docs/security.md lists the events in the code', { skip }, () => {
  const rows = [...text('docs/security.md').matchAll(/^\| `([\w.-]+)` \| (info|warn) \| /gm)].map(
    ([, name]) => name,
  )
  const events = new Set(all(sources.map(text).join('\n'), /\bevent: '([\w.-]+)'/g))
  assert.deepEqual(rows.sort(), [...events].sort())
})

function text(file: string): string {
  return readFileSync(file, 'utf8')
}

/** Anchors, as GitHub makes them from headings. */
function headings(file: string): string[] {
  return all(text(file), /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found)
}
