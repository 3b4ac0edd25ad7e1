import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { parse } from 'dotenv'
import { readConfig } from '../../src/config.ts'

const required = {
  DATABASE_URL: 'mongodb://127.0.0.1:27017/app',
  SECRET_KEY: 'xk3vQ9mZr7TpLw2sBd8hNfYc5GjVu4Ae',
  MAIL: 'off',
}

describe('.env.example', () => {
  const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')
  const shown = parse(example.replace(/^# (?=[A-Z_]+=)/gm, ''))

  test('has every variable that the app, npm run dev and the compose files read, and no other', () => {
    const variable = /^ +([A-Z_]+): (?:string|integer|days)\b/gm
    const read = namesIn('src/config.ts', variable)
    read.push(...namesIn('src/mail-settings.ts', variable))
    const readInDevelopment = namesIn('dev/settings.ts', /\b([A-Z]+_[A-Z]+)\b/g)
    assert.ok(read.includes('SESSION_ABSOLUTE_DAYS') && readInDevelopment.includes('DATABASE_PORT'))
    const readByCompose = ['docker-compose.yml', 'compose.cluster.yml'].flatMap((file) =>
      namesIn(file, /\$\{([A-Z_]+)/g),
    )
    const all = new Set([...read, ...readInDevelopment, ...readByCompose])
    assert.deepEqual(Object.keys(shown).sort(), [...all].sort())
  })

  test('shows the defaults', () => {
    assert.deepEqual(readConfig({ ...shown, ...required }), readConfig(required))
    assert.ok(readConfig({ ...required, DATABASE_URL: shown.DATABASE_URL }))
  })

  test('changes nothing when it is copied to .env', () => {
    assert.deepEqual(parse(example), {})
  })
})

function namesIn(file: string, pattern: RegExp): string[] {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  return [...source.matchAll(pattern)].map(([, name = '']) => name)
}
