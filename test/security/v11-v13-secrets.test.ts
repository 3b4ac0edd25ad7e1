import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { hash } from '@node-rs/argon2'
import supertest from 'supertest'
import { anotherApp } from '../support/another-app.ts'
import { startTestApp } from '../support/app.ts'
import { exchange, request, statusOf } from '../support/raw-http.ts'
import { required, runServer } from '../support/server-process.ts'
import { locationOf, newPerson, sessionCookieOf } from '../support/visitor.ts'

const app = await startTestApp()
const port = Number(new URL(app.address).port)

/** What a production server prints that does not start. */
async function refusal(env: Record<string, string>): Promise<string> {
  const server = runServer({ ...required, DATABASE_URL: app.database.url, ...env })
  assert.equal(await server.exited, 1, server.output())
  return server.output()
}

test('11.4.2 a password is stored as argon2id with 19 MiB, two passes and one lane, and nothing else of it', async () => {
  const person = await app.visitor().register()
  const user = await app.users.findOne({ email: person.email })
  assert.match(user?.passwordHash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22,}\$[\w+/]{43}$/)
  assert.ok(!JSON.stringify(user).includes(person.password))
})

test('11.4.2 a weaker hash is replaced by a strong one at the next sign-in', async () => {
  const person = await app.visitor().register()
  const weak = await hash(person.password, { memoryCost: 8_192, timeCost: 1, parallelism: 1 })
  await app.users.updateOne({ email: person.email }, { $set: { passwordHash: weak } })
  for (let times = 0; times < 2; times += 1) {
    assert.equal((await app.visitor().logIn(person)).status, 303)
    const user = await app.users.findOne({ email: person.email })
    assert.match(user?.passwordHash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  }
})

test('11.5.1 what must not be guessed comes from a cryptographic generator, 16 bytes or more', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  )
  assert.ok(sources.length > 30)
  const sizes = sources.flatMap((file) => {
    const text = readFileSync(join('src', file), 'utf8')
    assert.doesNotMatch(text, /Math\.random/, file)
    return [...text.matchAll(/randomBytes\((\d+)\)/g)].map(([, size]) => Number(size))
  })
  assert.ok(sizes.length >= 1 && sizes.every((size) => size >= 16), `${sizes}`)
})

test('12.3.1 in production the way to a database on another machine is encrypted, or the app does not start', async () => {
  const output = await refusal({ DATABASE_URL: 'mongodb://ada:pass-of-ada@db.example.com/app' })
  assert.match(output, /^DATABASE_URL leads to another machine without TLS\. Add tls=true/)
  assert.doesNotMatch(output, /pass-of-ada/)
})

test('13.2.1 in production a database on another machine asks for a password, or the app does not start', async () => {
  const output = await refusal({ DATABASE_URL: 'mongodb://db.example.com/app?tls=true' })
  assert.match(output, /^DATABASE_URL leads to another machine without a user and password/)
})

test('13.3.1 without a secret key, or with a short or a sample one, the app does not start', async () => {
  for (const [key, line] of [
    ['', /^SECRET_KEY is missing\. Make one: openssl rand -base64 32\n$/],
    ['xk3vQ9mZr7TpLw2sBd8hNfYc5GjVu4A', /^SECRET_KEY is weak/],
    ['change-me-to-32-random-characters-please', /^SECRET_KEY is weak/],
    ['xk3vQ9mZr7TpLw2sBd8hNfYc5GjVu4Ae,short', /^SECRET_KEY is weak/],
  ] as const) {
    const output = await refusal({ SECRET_KEY: key })
    assert.match(output, line)
    assert.ok(key === '' || !output.includes(key), 'it does not repeat the key')
  }
})

test('13.3.1 a new key in front of the old one keeps people signed in; without the old one they sign in again', async () => {
  const visitor = app.visitor()
  await visitor.register()
  const cookie = sessionCookieOf(await visitor.get('/dashboard')).split(';', 1)[0] ?? ''
  const newKey = 'new-1a2b3c4d5e6f708192a3b4c5d6e7f809'
  const dashboardWith = async (keys: string, sent: string) =>
    await supertest(await anotherApp(app, { SECRET_KEY: keys }))
      .get('/dashboard')
      .set('Cookie', sent)
  const during = await dashboardWith(`${newKey},${app.config.secretKeys[0]}`, cookie)
  assert.equal(during.status, 200)
  const signedAnew = sessionCookieOf(during).split(';', 1)[0] ?? ''
  assert.equal((await dashboardWith(newKey, signedAnew)).status, 200)
  assert.match(locationOf(await dashboardWith(newKey, cookie)), /^\/login/)
})

test('13.4.1 nothing of the repository is served', async () => {
  for (const path of [
    '/.git/config',
    '/.git/HEAD',
    '/.env',
    '/.env.example',
    '/package.json',
    '/package-lock.json',
    '/src/app.ts',
    '/dist/server.js',
    '/node_modules/express/package.json',
    '/views/auth/login.ejs',
    '/assets/../package.json',
    '/assets/x/..%2f..%2fpackage.json',
    '/%2e%2e/package.json',
    '/resources/common-passwords.txt',
    '/.well-known/../.env',
  ]) {
    const status = statusOf(await exchange(port, request(`GET ${path} HTTP/1.1`)))
    assert.ok(status === 403 || status === 404, `${path}: ${status}`)
  }
})

test('13.4.2 in production there is no page for developers, and a fault shows no stack', async () => {
  const server = await anotherApp(app, { NODE_ENV: 'production' })
  for (const path of ['/dev', '/dev/users', '/debug', '/_debug'])
    assert.equal((await supertest(server).get(path)).status, 404)
  const cookie =
    sessionCookieOf(await app.visitor().submit('/register', { ...newPerson() })).split(';', 1)[0] ?? ''
  await app.sessions.updateMany({}, { $set: { 'session.signedInAt': 'not a date' } })
  const broken = await supertest(server).get('/dashboard').set('Cookie', cookie)
  assert.equal(broken.status, 500)
  assert.doesNotMatch(broken.text, /\/src\/|\.ts\b|\.ejs|\bat \w+ \(|TypeError|node_modules/)
  await app.sessions.deleteMany({})
})

test('13.4.3 no folder is listed', async () => {
  for (const path of [
    '/assets',
    '/assets/',
    '/assets/x',
    '/assets/x/',
    '/public/',
    '/views/',
    '/.well-known/',
    '/node_modules/',
  ])
    assert.equal((await app.visitor().get(path)).status, 404, path)
})

test('13.4.4 TRACE and methods that no page has are refused', async () => {
  for (const method of ['TRACE', 'TRACK', 'DEBUG', 'CONNECT', 'PROPFIND', 'PUT', 'DELETE', 'PATCH']) {
    const answer = await exchange(
      port,
      request(`${method} / HTTP/1.1`, ['X-Echo: echoed-by-trace', 'Origin: http://localhost:3000']),
    )
    // Node closes the connection on CONNECT without an answer.
    if (method === 'CONNECT') assert.equal(answer, '')
    else assert.match(String(statusOf(answer)), /^4\d\d$/, method)
    assert.doesNotMatch(answer, /echoed-by-trace/)
  }
})

test('13.4.5 metrics, health and documentation are not open to the public, or say nothing', async () => {
  const counted = await anotherApp(app, { METRICS_PORT: '9464' })
  for (const path of ['/metrics', '/api-docs', '/swagger', '/openapi.json', '/status'])
    assert.equal((await supertest(counted).get(path)).status, 404, path)
  assert.equal((await app.visitor().get('/healthz')).text, 'ok')
  assert.equal((await app.visitor().get('/readyz')).text, 'ready')
})
