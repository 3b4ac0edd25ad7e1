import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { type Config, readConfig } from '../../src/config.ts'
import { errorsOf, key, required } from '../support/settings.ts'

const otherKey = 'Hq6WzE1oRb9nXt3KyMs7UcPd2LvJa8Gf'
const dayMs = 24 * 60 * 60 * 1000

describe('with only the required variables', () => {
  test('every other setting has its documented default', () => {
    const { appName, ...config } = readConfig(required)
    assert.ok(appName)
    assert.deepEqual(config, {
      env: 'production',
      databaseUrl: 'mongodb://127.0.0.1:27017/app',
      secretKeys: [key],
      port: 3000,
      host: undefined,
      origin: 'http://localhost:3000',
      https: false,
      trustedProxies: 0,
      logLevel: 'info',
      drainDelayMs: 3_000,
      sessionIdleMs: 14 * dayMs,
      sessionAbsoluteMs: 30 * dayMs,
    } satisfies Omit<Config, 'appName'>)
  })

  test('outside production the app listens on this machine only', () => {
    assert.equal(readConfig({ ...required, NODE_ENV: 'development' }).host, 'localhost')
    assert.equal(readConfig({ ...required, NODE_ENV: 'test' }).host, 'localhost')
    assert.equal(readConfig({ ...required, NODE_ENV: 'development', HOST: '0.0.0.0' }).host, '0.0.0.0')
  })

  test('the default origin follows the port', () => {
    assert.equal(readConfig({ ...required, PORT: '8080' }).origin, 'http://localhost:8080')
  })

  test('an empty or blank variable counts as not set', () => {
    const optional = {
      PORT: '',
      HOST: ' ',
      APP_ORIGIN: '',
      LOG_LEVEL: '',
      APP_NAME: '  ',
      SESSION_IDLE_DAYS: '',
    }
    assert.deepEqual(readConfig({ ...required, ...optional }), readConfig(required))
    assert.deepEqual(
      errorsOf({ DATABASE_URL: '', SECRET_KEY: ' ' }),
      errorsOf({ DATABASE_URL: undefined, SECRET_KEY: undefined }),
    )
  })

  test('a foreign variable named like a built-in property of objects is ignored', () => {
    assert.deepEqual(readConfig({ ...required, constructor: 'x', toString: 'x' }), readConfig(required))
  })

  test('settings are frozen', () => {
    assert.equal(Object.isFrozen(readConfig(required)), true)
  })
})

describe('accepted settings', () => {
  test('the port may be any from 0 to 65535', () => {
    assert.equal(readConfig({ ...required, PORT: '0' }).port, 0)
    assert.equal(readConfig({ ...required, PORT: '65535' }).port, 65_535)
  })

  test('the first of several keys signs, and spaces around commas are ignored', () => {
    const { secretKeys } = readConfig({ ...required, SECRET_KEY: ` ${otherKey} , ${key} ` })
    assert.deepEqual(secretKeys, [otherKey, key])
  })

  test('a SECRET_KEY of 32 characters is enough', () => {
    assert.equal(key.length, 32)
    assert.deepEqual(readConfig(required).secretKeys, [key])
  })

  test('an https origin enables everything that needs https', () => {
    const { origin, https } = readConfig({ ...required, APP_ORIGIN: 'https://app.example.com' })
    assert.deepEqual({ origin, https }, { origin: 'https://app.example.com', https: true })
  })

  test('a trailing slash in the origin is ignored', () => {
    assert.equal(
      readConfig({ ...required, APP_ORIGIN: 'https://app.example.com/' }).origin,
      'https://app.example.com',
    )
  })

  test('a stop waits in production but not in development', () => {
    assert.equal(readConfig({ ...required, NODE_ENV: 'development' }).drainDelayMs, 0)
    assert.equal(readConfig({ ...required, DRAIN_DELAY_SECONDS: '0' }).drainDelayMs, 0)
  })

  test('the database URL and the keys may be in files, and variables take precedence over them', () => {
    const folder = mkdtempSync(join(tmpdir(), 'test-config-'))
    after(() => rmSync(folder, { recursive: true }))
    const files = {
      DATABASE_URL_FILE: join(folder, 'url'),
      SECRET_KEY_FILE: join(folder, 'key'),
    }
    writeFileSync(files.DATABASE_URL_FILE, 'mongodb://localhost:27017/app_from_file\n')
    writeFileSync(files.SECRET_KEY_FILE, `${otherKey}\n`)
    assert.deepEqual(
      [readConfig(files).databaseUrl, readConfig(files).secretKeys],
      ['mongodb://localhost:27017/app_from_file', [otherKey]],
    )
    assert.deepEqual(readConfig({ ...files, ...required }), readConfig(required))
  })

  test('sessions may last from half a day to 400 days, and both limits may be equal', () => {
    const { sessionIdleMs, sessionAbsoluteMs } = readConfig({
      ...required,
      SESSION_IDLE_DAYS: '0.5',
      SESSION_ABSOLUTE_DAYS: '400',
    })
    assert.deepEqual([sessionIdleMs, sessionAbsoluteMs], [dayMs / 2, 400 * dayMs])
    assert.deepEqual(errorsOf({ SESSION_IDLE_DAYS: '30', SESSION_ABSOLUTE_DAYS: '30' }), [])
  })

  for (const url of [
    'mongodb://127.0.0.1:27017/app',
    'mongodb://ada:secret@one.example:27017,two.example:27017/app?replicaSet=rs0&tls=true',
    'mongodb://ada:secret@mongo/app?tls=false',
    'mongodb://[::1]:27017,localhost/app',
    'mongodb://db.example/app?tls=true&authMechanism=MONGODB-X509',
    'mongodb+srv://ada:p%40ss@cluster0.ab1cd.mongodb.net/app?retryWrites=true',
  ]) {
    test(`the database may be ${url}`, () => {
      assert.equal(readConfig({ ...required, DATABASE_URL: url }).databaseUrl, url)
    })
  }
})
