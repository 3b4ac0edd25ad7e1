import assert from 'node:assert/strict'
import { test } from 'node:test'
import supertest from 'supertest'
import { anotherApp, startTestApp, type TestApp } from '../support/app.ts'
import { brokenPage } from '../support/broken-page.ts'
import { ownDatabaseUrl } from '../support/database.ts'
import { privatePage } from '../support/home.ts'
import { newMember } from '../support/member.ts'
import { ownLog } from '../support/own-log.ts'
import { until } from '../support/server-process.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { cookiesOf, locationOf, newPerson } from '../support/visitor.ts'

const url = ownDatabaseUrl()
const network = await startTcpProxy(url)
const { log, lines, text: logged } = await ownLog()
const app: TestApp = await startTestApp({ DATABASE_URL: network.through(url) }, { log, more: [brokenPage] })
const { visitor, person } = await newMember(app)
const howItIsBuilt = /\/src\/|\.ts\b|\.ejs|\bat \w+ \(|TypeError|mongo(db|ose):|node_modules/

/** When the first command of this name is on its way, MongoDB goes away. */
async function losingMongoAt<T>(name: string, act: () => PromiseLike<T>): Promise<T> {
  const cut = ({ commandName }: { commandName: string }) => {
    if (commandName === name) network.swallow()
  }
  app.database.client.on('commandStarted', cut)
  const result = await act()
  app.database.client.off('commandStarted', cut)
  network.heal()
  await until('it recovers', async () => (await visitor.get(privatePage)).status === 200)
  return result
}

test('a fault is an error in the log, with the id that the answer carries, and without a secret (ASVS 16.3.4)', async () => {
  const answer = await app.visitor().get('/broken')
  assert.equal(answer.status, 500)
  const id = String(answer.headers['x-request-id'])
  assert.ok(answer.text.includes(id), 'the page tells what to search the log for')
  const own = lines().filter(({ requestId }) => requestId === id)
  const fault = own.find(({ msg }) => msg === 'Request failed')
  assert.equal(fault?.level, 50)
  assert.match(JSON.stringify(fault?.err), /Broken on purpose/)
  assert.doesNotMatch(logged(), /pass-of-ada/)
})

test('what failed is told in general words only (ASVS 16.5.1)', async () => {
  const { text } = await app.visitor().get('/broken')
  assert.match(text, /It's our fault/)
  assert.doesNotMatch(text, howItIsBuilt)
  assert.doesNotMatch(text, /on purpose/)
})

test('in production there is no page for developers, and a fault shows no stack (ASVS 13.4.2)', async () => {
  const server = await anotherApp(app, { NODE_ENV: 'production' }, { more: [brokenPage] })
  for (const path of ['/dev', '/dev/users', '/debug', '/_debug'])
    assert.equal((await supertest(server).get(path)).status, 404)
  const { status, text } = await supertest(server).get('/broken')
  assert.equal(status, 500)
  assert.doesNotMatch(text, howItIsBuilt)
})

test('without a database whoever is not let in stays out, guests read their pages, and all recovers by itself (ASVS 16.5.2, 16.5.3)', async () => {
  const newcomer = await app.visitor().filledIn('/register', { ...newPerson() })
  network.swallow()
  const [member, signIn, registration, guest, health, ready, secret] = await Promise.all([
    visitor.get(privatePage),
    app.visitor().logIn(person),
    app.visitor().submit('/register', newcomer),
    app.visitor().get('/login'),
    app.visitor().get('/healthz'),
    app.visitor().get('/readyz'),
    app.visitor().get(privatePage),
  ])
  for (const answer of [member, signIn, registration]) {
    assert.equal(answer.status, 503)
    assert.equal(answer.headers['retry-after'], '5')
    assert.ok(!answer.text.includes(person.name))
    assert.deepEqual(cookiesOf(answer), [])
  }
  assert.deepEqual([guest.status, health.status, ready.status], [200, 200, 503])
  assert.match(locationOf(secret), /^\/login/, 'a guest stays out')
  network.heal()
  await until('it recovers', async () => (await visitor.get(privatePage)).status === 200)
  assert.equal((await app.visitor().logIn(person)).status, 303)
})

test('MongoDB going away between the password and the session gives one page and signs nobody in', async () => {
  const late = app.visitor()
  const answer = await losingMongoAt('update', () => late.logIn(person))
  assert.equal(answer.status, 503)
  assert.equal(answer.headers['retry-after'], '5')
  assert.deepEqual(cookiesOf(answer), [])
  assert.ok(!(await late.isSignedIn()))
})

test('a fault between the new account and its session leaves a whole account and nobody signed in (ASVS 2.3.3)', async () => {
  const late = app.visitor()
  const newcomer = newPerson()
  // The session's write; the account's is an insert.
  const answer = await losingMongoAt('update', () => late.fillInAndSubmit('/register', { ...newcomer }))
  assert.equal(answer.status, 503)
  assert.deepEqual(cookiesOf(answer), [])
  assert.ok(!(await late.isSignedIn()))
  assert.equal((await late.logIn(newcomer)).status, 303, 'the account is whole: its password opens it')
})
