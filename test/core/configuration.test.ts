import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { type Config, readConfig } from '../../src/config.ts'
import { ConfigError } from '../../src/errors.ts'

const key = 'xk3vQ9mZr7TpLw2sBd8hNfYc5GjVu4Ae'
const otherKey = 'Hq6WzE1oRb9nXt3KyMs7UcPd2LvJa8Gf'
const required = {
  DATABASE_URL: 'mongodb://127.0.0.1:27017/app',
  SECRET_KEY: key,
}
const dayMs = 24 * 60 * 60 * 1000

describe('with the required variables alone', () => {
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

  test('a variable that is empty or blank counts as not set', () => {
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

  test('a variable of somebody else with a name that every object knows does not matter', () => {
    assert.deepEqual(readConfig({ ...required, constructor: 'x', toString: 'x' }), readConfig(required))
  })

  test('nothing can change a setting afterwards', () => {
    assert.equal(Object.isFrozen(readConfig(required)), true)
  })
})

describe('what is accepted', () => {
  test('the port may be any from 0 to 65535', () => {
    assert.equal(readConfig({ ...required, PORT: '0' }).port, 0)
    assert.equal(readConfig({ ...required, PORT: '65535' }).port, 65_535)
  })

  test('of several keys the first one signs, and blanks around the commas do not matter', () => {
    const { secretKeys } = readConfig({ ...required, SECRET_KEY: ` ${otherKey} , ${key} ` })
    assert.deepEqual(secretKeys, [otherKey, key])
  })

  test('a SECRET_KEY of 32 characters will do', () => {
    assert.equal(key.length, 32)
    assert.deepEqual(readConfig(required).secretKeys, [key])
  })

  test('an https origin turns on what only works over https', () => {
    const { origin, https } = readConfig({ ...required, APP_ORIGIN: 'https://app.example.com' })
    assert.deepEqual({ origin, https }, { origin: 'https://app.example.com', https: true })
  })

  test('a slash at the end of the origin does not matter', () => {
    assert.equal(
      readConfig({ ...required, APP_ORIGIN: 'https://app.example.com/' }).origin,
      'https://app.example.com',
    )
  })

  test("a stop pauses in production, and not on a developer's machine", () => {
    assert.equal(readConfig({ ...required, NODE_ENV: 'development' }).drainDelayMs, 0)
    assert.equal(readConfig({ ...required, DRAIN_DELAY_SECONDS: '0' }).drainDelayMs, 0)
  })

  test('the database and the keys may stand in files, which variables win over', () => {
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

  test('sessions may last for half a day, for as long as 400, and both limits may be the same', () => {
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

test('in production the way to a MongoDB on another machine has a password and TLS, or says why not (ASVS 12.3.1, 13.2.1)', () => {
  const problemsWith = (url: string, NODE_ENV = 'production') =>
    errorsOf({ ...required, NODE_ENV, DATABASE_URL: url }).join(' ')
  assert.match(problemsWith('mongodb://db.example/app?tls=true'), /without a user .+user:password@host/)
  assert.match(problemsWith('mongodb://ada:secret@db.example/app'), /without TLS.+tls=true/)
  assert.match(problemsWith('mongodb://127.0.0.1,db.example/app'), /without a user .+without TLS/)
  assert.match(problemsWith('mongodb://127.0.0.1.evil.example/app'), /without TLS/)
  assert.equal(problemsWith('mongodb://db.example/app', 'development'), '')
})

describe('what is refused, with what to type instead', () => {
  const refused: [why: string, variable: keyof typeof hints, values: (string | undefined)[]][] = [
    ['a database without an address', 'DATABASE_URL', [undefined]],
    ['another protocol than MongoDB', 'DATABASE_URL', ['postgres://127.0.0.1/app', '127.0.0.1:27017/app']],
    [
      'an address that names no database',
      'DATABASE_URL',
      ['mongodb://127.0.0.1:27017', 'mongodb://127.0.0.1:27017/'],
    ],
    [
      "Atlas' connection string as copied, which names no database",
      'DATABASE_URL',
      [
        'mongodb+srv://ada:p%40ss@cluster0.ab1cd.mongodb.net/?retryWrites=true&w=majority',
        'mongodb+srv://ada:p%40ss@cluster0.ab1cd.mongodb.net',
      ],
    ],
    ['no key', 'SECRET_KEY', [undefined]],
    ['a SECRET_KEY of 31 characters', 'SECRET_KEY', [key.slice(0, 31)]],
    ['a SECRET_KEY of few different characters', 'SECRET_KEY', ['abc'.repeat(20)]],
    ["a SECRET_KEY out of somebody's documentation", 'SECRET_KEY', [`change-me-${key}`, `my-SECRET-${key}`]],
    ['a weak SECRET_KEY behind a good one', 'SECRET_KEY', [`${key},short`]],
    ['a PORT that is none', 'PORT', ['-1', '65536', '3000.5', 'http', 'Infinity']],
    ['an origin with a path', 'APP_ORIGIN', ['https://app.example.com/blog', 'https://app.example.com/?a=1']],
    ['an origin of another protocol', 'APP_ORIGIN', ['ftp://app.example.com', 'javascript:alert(1)']],
    ['an origin without a protocol', 'APP_ORIGIN', ['app.example.com', '//app.example.com']],
    ['an origin with a password', 'APP_ORIGIN', ['https://ada:pass@app.example.com']],
    ['a number of proxies that is none', 'TRUST_PROXY', ['true', '-1', '11', '1.5', '1 0']],
    ['a port for metrics that is none', 'METRICS_PORT', ['0', '65536', 'on']],
    ['a pause before the stop that leaves no time to stop', 'DRAIN_DELAY_SECONDS', ['6', '-1', '1.5']],
    ['an unknown log level', 'LOG_LEVEL', ['verbose', 'INFO']],
    ['an unknown environment', 'NODE_ENV', ['prod', 'Production']],
    ['a name of 41 characters', 'APP_NAME', ['x'.repeat(41)]],
    ['a session that never lasts', 'SESSION_IDLE_DAYS', ['0', '-1', 'two weeks']],
    ['a session longer than browsers keep a cookie', 'SESSION_ABSOLUTE_DAYS', ['401', 'Infinity']],
    ['an idle limit above the absolute one', 'SESSION_IDLE_DAYS', ['31']],
  ]
  const hints = {
    DATABASE_URL: /DATABASE_URL=mongodb:\/\/127\.0\.0\.1:27017\/app/,
    SECRET_KEY: /openssl rand -base64 32/,
    PORT: /PORT=3000/,
    APP_ORIGIN: /APP_ORIGIN=https:\/\/app\.example\.com/,
    TRUST_PROXY: /TRUST_PROXY=1/,
    LOG_LEVEL: /LOG_LEVEL=info/,
    METRICS_PORT: /METRICS_PORT=9464/,
    DRAIN_DELAY_SECONDS: /DRAIN_DELAY_SECONDS=3/,
    NODE_ENV: /development, test, production/,
    APP_NAME: /at most 40 characters/,
    SESSION_IDLE_DAYS: /SESSION_IDLE_DAYS=14|Lower the first or raise the second/,
    SESSION_ABSOLUTE_DAYS: /SESSION_ABSOLUTE_DAYS=30/,
  }

  for (const [why, variable, values] of refused) {
    test(`${why} is refused in one line`, () => {
      for (const value of values) {
        const errors = errorsOf({ [variable]: value })
        assert.equal(
          errors.length,
          1,
          `${variable}=${value} gave ${errors.length} errors:\n${errors.join('\n')}`,
        )
        assert.match(errors[0] ?? '', new RegExp(`^${variable} `))
        assert.match(errors[0] ?? '', hints[variable])
      }
    })
  }

  test('a missing, short or sample key is refused, and not repeated (ASVS 13.3.1)', () => {
    for (const bad of [key.slice(0, 31), 'change-me-to-32-random-characters-please', `${key},short`]) {
      const [line = ''] = errorsOf({ SECRET_KEY: bad })
      assert.match(line, /^SECRET_KEY is weak/)
      assert.ok(!line.includes(bad))
    }
    assert.match(errorsOf({ SECRET_KEY: undefined })[0] ?? '', /^SECRET_KEY is missing\. Make one: /)
  })

  test('two weak keys are one line, as one command helps both', () => {
    assert.equal(errorsOf({ SECRET_KEY: 'weak,feeble' }).length, 1)
  })

  test('all bad values are named at once, a line each', () => {
    const errors = errorsOf({
      NODE_ENV: 'prod',
      DATABASE_URL: undefined,
      SECRET_KEY: undefined,
      PORT: 'x',
      APP_ORIGIN: 'x',
      TRUST_PROXY: 'x',
      LOG_LEVEL: 'x',
      METRICS_PORT: 'x',
      DRAIN_DELAY_SECONDS: 'x',
      APP_NAME: 'x'.repeat(41),
      SESSION_IDLE_DAYS: 'x',
      SESSION_ABSOLUTE_DAYS: 'x',
    })
    assert.deepEqual(errors.map((line) => line.split(' ', 1)[0]).sort(), Object.keys(hints).sort())
  })

  test('session limits that contradict each other are named beside a missing variable', () => {
    const errors = errorsOf({ DATABASE_URL: undefined, SESSION_IDLE_DAYS: '31' })
    assert.deepEqual(
      errors.map((line) => line.split(' ', 1)[0]),
      ['DATABASE_URL', 'SESSION_IDLE_DAYS'],
    )
  })

  test('a file that is not there is named by its variable', () => {
    const env = { SECRET_KEY: undefined, SECRET_KEY_FILE: '/nowhere/key' }
    assert.deepEqual(errorsOf(env), [
      'SECRET_KEY_FILE names a file that cannot be read. Correct the path, or who may read it.',
    ])
  })

  test('a secret file without content is a missing secret', () => {
    const env = { SECRET_KEY: undefined, SECRET_KEY_FILE: '/dev/null' }
    assert.deepEqual(errorsOf(env), ['SECRET_KEY is missing. Make one: openssl rand -base64 32'])
  })

  test('a refused value is not repeated, as it may be a password', () => {
    const errors = errorsOf({ SECRET_KEY: 'hunter2', DATABASE_URL: 'mongodb://ada:hunter2@db.example' })
    assert.equal(errors.length, 2)
    assert.doesNotMatch(errors.join('\n'), /hunter2/)
  })
})

/** The lines that an operator sees with these variables beside the required ones; none when all is well. */
function errorsOf(env: Record<string, string | undefined>): string[] {
  try {
    readConfig({ ...required, ...env })
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message.split('\n')
  }
}
