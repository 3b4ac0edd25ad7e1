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

test('an unexpected error is logged with its stack and the request ID of the response, without credentials (ASVS 16.3.4)', async () => {
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

test('an error page describes the failure in general terms only (ASVS 16.5.1)', async () => {
  const { text } = await app.visitor().get('/broken')
  assert.match(text, /It&#39;s our fault/)
  assert.doesNotMatch(text, howItIsBuilt)
  assert.doesNotMatch(text, /on purpose/)
})

test('in production there are no developer pages, and an error page shows no stack (ASVS 13.4.2)', async () => {
  const server = await anotherApp(app, { NODE_ENV: 'production' }, { more: [brokenPage] })
  for (const path of ['/dev', '/dev/users', '/debug', '/_debug'])
    assert.equal((await supertest(server).get(path)).status, 404)
  const { status, text } = await supertest(server).get('/broken')
  assert.equal(status, 500)
  assert.doesNotMatch(text, howItIsBuilt)
})

test('without a database no one is let in, guest pages keep working, and the app recovers automatically (ASVS 16.5.2, 16.5.3)', async () => {
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

test('losing MongoDB between the password check and the session gives one error page and signs no one in', async () => {
  const late = app.visitor()
  const answer = await losingMongoAt('update', () => late.logIn(person))
  assert.equal(answer.status, 503)
  assert.equal(answer.headers['retry-after'], '5')
  assert.deepEqual(cookiesOf(answer), [])
  assert.ok(!(await late.isSignedIn()))
})

test('losing MongoDB between a new account and its session leaves a complete account and no one signed in (ASVS 2.3.3)', async () => {
  const late = app.visitor()
  const newcomer = newPerson()
  // The session's write; the account's is an insert.
  const answer = await losingMongoAt('update', () => late.fillInAndSubmit('/register', { ...newcomer }))
  assert.equal(answer.status, 503)
  assert.deepEqual(cookiesOf(answer), [])
  assert.ok(!(await late.isSignedIn()))
  assert.equal((await late.logIn(newcomer)).status, 303, 'the account is whole: its password opens it')
})
