import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { errorsOf, key, required } from '../support/settings.ts'

test('in production, MongoDB on another machine needs a password and TLS, or an explicit opt-out (ASVS 12.3.1, 13.2.1)', () => {
  const problemsWith = (url: string, NODE_ENV = 'production') =>
    errorsOf({ ...required, NODE_ENV, DATABASE_URL: url }).join(' ')
  assert.match(
    problemsWith('mongodb://db.example/app?tls=true'),
    /has no user name or password.+user:password@host/,
  )
  assert.match(problemsWith('mongodb://ada:secret@db.example/app'), /doesn't use TLS.+tls=true/)
  assert.match(
    problemsWith('mongodb://127.0.0.1,db.example/app'),
    /has no user name or password.+doesn't use TLS/,
  )
  assert.match(problemsWith('mongodb://127.0.0.1.evil.example/app'), /doesn't use TLS/)
  assert.equal(problemsWith('mongodb://db.example/app', 'development'), '')
})

describe('invalid settings are refused with a hint what to enter', () => {
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
    ['a SECRET_KEY copied from an example', 'SECRET_KEY', [`change-me-${key}`, `my-SECRET-${key}`]],
    ['a weak SECRET_KEY behind a good one', 'SECRET_KEY', [`${key},short`]],
    ['a PORT that is none', 'PORT', ['-1', '65536', '3000.5', 'http', 'Infinity']],
    ['an origin with a path', 'APP_ORIGIN', ['https://app.example.com/blog', 'https://app.example.com/?a=1']],
    ['an origin of another protocol', 'APP_ORIGIN', ['ftp://app.example.com', 'javascript:alert(1)']],
    ['an origin without a protocol', 'APP_ORIGIN', ['app.example.com', '//app.example.com']],
    ['an origin with a password', 'APP_ORIGIN', ['https://ada:pass@app.example.com']],
    ['an origin for many hosts', 'APP_ORIGIN', ['https://*.example.com']],
    ['an origin in capitals', 'APP_ORIGIN', ['https://App.Example.com']],
    ['a number of proxies that is none', 'TRUST_PROXY', ['true', '-1', '11', '1.5', '1 0']],
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
    DRAIN_DELAY_SECONDS: /DRAIN_DELAY_SECONDS=3/,
    NODE_ENV: /production, development or test/,
    APP_NAME: /40 characters or fewer/,
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

  test('a missing, short or sample key is refused without repeating it (ASVS 13.3.1)', () => {
    for (const bad of [key.slice(0, 31), 'change-me-to-32-random-characters-please', `${key},short`]) {
      const [line = ''] = errorsOf({ SECRET_KEY: bad })
      assert.match(line, /^SECRET_KEY is too weak/)
      assert.ok(!line.includes(bad))
    }
    assert.match(errorsOf({ SECRET_KEY: undefined })[0] ?? '', /^SECRET_KEY is missing\. Generate one: /)
  })

  test('two weak keys give one line, because one command fixes both', () => {
    assert.equal(errorsOf({ SECRET_KEY: 'weak,feeble' }).length, 1)
  })

  test('all invalid settings are reported together, one line each', () => {
    const errors = errorsOf({
      NODE_ENV: 'prod',
      DATABASE_URL: undefined,
      SECRET_KEY: undefined,
      PORT: 'x',
      APP_ORIGIN: 'x',
      TRUST_PROXY: 'x',
      LOG_LEVEL: 'x',
      DRAIN_DELAY_SECONDS: 'x',
      APP_NAME: 'x'.repeat(41),
      SESSION_IDLE_DAYS: 'x',
      SESSION_ABSOLUTE_DAYS: 'x',
    })
    assert.deepEqual(errors.map((line) => line.split(' ', 1)[0]).sort(), Object.keys(hints).sort())
  })

  test('contradictory session limits are reported together with a missing variable', () => {
    const errors = errorsOf({ DATABASE_URL: undefined, SESSION_IDLE_DAYS: '31' })
    assert.deepEqual(
      errors.map((line) => line.split(' ', 1)[0]),
      ['DATABASE_URL', 'SESSION_IDLE_DAYS'],
    )
  })

  test('a missing secret file is reported with the name of its variable', () => {
    const env = { SECRET_KEY: undefined, SECRET_KEY_FILE: '/nowhere/key' }
    assert.deepEqual(errorsOf(env), [
      "Can't read the file set in SECRET_KEY_FILE. Check its path and permissions.",
    ])
  })

  test('an empty secret file counts as a missing secret', () => {
    const env = { SECRET_KEY: undefined, SECRET_KEY_FILE: '/dev/null' }
    assert.deepEqual(errorsOf(env), ['SECRET_KEY is missing. Generate one: openssl rand -base64 32'])
  })

  test('a refused value is not repeated, because it may be a password', () => {
    for (const host of ['hunter2@db.example', 'hun@ter2@db.example/app', 'hun/ter2@db.example/app']) {
      const errors = errorsOf({ SECRET_KEY: 'hunter2', DATABASE_URL: `mongodb://ada:${host}` })
      assert.equal(errors.length, 2, host)
      assert.doesNotMatch(errors.join('\n'), /hun|ter2/)
    }
  })
})
