import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'

test('docs/deploy.md sets no variable of the app that .env.example does not explain', () => {
  // The first is Compose's own.
  const known = ['COMPOSE_FILE', ...names(read('.env.example'), /^# ([A-Z_]+)=/gm)]
  const document = read('docs/deploy.md')
  const used = [
    ...names(document, /\b([A-Z]+_[A-Z_]+) ?=/g),
    ...names(document, /- key: ([A-Z_]+)/g),
    ...names(document, /`([A-Z]+_[A-Z_]+)`/g),
  ]
  assert.ok(used.includes('APP_ORIGIN') && used.includes('TRUST_PROXY'))
  assert.deepEqual(
    used.filter((name) => !known.includes(name)),
    [],
  )
})

test('its file for Render is YAML, with what the app needs', () => {
  const [, yaml = ''] = /```yaml\n(.*?)```/s.exec(read('docs/deploy.md')) ?? []
  const { services }: { services: { envVars: { key: string }[] }[] } = parse(yaml)
  const keys = services[0]?.envVars.map(({ key }) => key) ?? []
  for (const needed of ['DATABASE_URL', 'SECRET_KEY', 'APP_ORIGIN', 'TRUST_PROXY'])
    assert.ok(keys.includes(needed))
})

function read(file: string): string {
  return readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
}

function names(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name)
}
