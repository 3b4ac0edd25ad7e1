import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mongo } from 'mongoose'
import { limits } from '../../src/limits.ts'
import { cleanUp } from '../support/clean-up.ts'
import { sharedDatabaseUrl, startServerProcess, until } from '../support/server-process.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { cookiesOf, locationOf, newPerson, Visitor } from '../support/visitor.ts'

const databaseUrl = sharedDatabaseUrl()
const network = await startTcpProxy(databaseUrl)
const server = await startServerProcess({ databaseUrl: network.through(databaseUrl) })
const client = await mongo.MongoClient.connect(databaseUrl)
cleanUp(() => client.close())

const visitor = new Visitor(server.address)
const person = await visitor.register()
await visitor.get('/dashboard')

test('16.3.4 a fault is an error in the log, with the id that the answer carries', async () => {
  const broken = new Visitor(server.address)
  const { email } = await broken.register()
  const user = await client.db().collection('users').findOne({ email })
  await client
    .db()
    .collection('sessions')
    .updateMany(
      { 'session.passport.user': String(user?._id) },
      { $set: { 'session.signedInAt': 'not a date' } },
    )
  const answer = await broken.get('/dashboard')
  assert.equal(answer.status, 500)
  const id = String(answer.headers['x-request-id'])
  // The line of the request, which comes last.
  await until('the log arrives', () => new RegExp(`${id}.*"status":500.*\\n$`).test(server.output()))
  const lines = server.log().filter(({ requestId }) => requestId === id)
  assert.ok(lines.some(({ level, err, msg }) => level === 50 && err && msg === 'Request failed'))
})

test('16.5.1 what failed is told in general words only', async () => {
  const broken = new Visitor(server.address)
  await broken.register()
  await client
    .db()
    .collection('sessions')
    .updateMany({ 'session.flash': { $exists: true } }, { $set: { 'session.signedInAt': 'x' } })
  const { status, text } = await broken.get('/dashboard')
  assert.equal(status, 500)
  assert.match(text, /The fault is ours/)
  assert.doesNotMatch(text, /\/src\/|\.ts\b|\.ejs|\bat \w+ \(|TypeError|mongo(db|ose):|node_modules/)
})

test('16.5.2 without a database whoever is not let in stays out, guests read their pages, and all recovers by itself', async () => {
  network.swallow()
  const [member, signIn, registration, guest, health] = await Promise.all([
    visitor.get('/dashboard'),
    new Visitor(server.address).logIn(person),
    new Visitor(server.address).submit('/register', { ...newPerson() }),
    new Visitor(server.address).get('/login'),
    new Visitor(server.address).get('/healthz'),
  ])
  for (const answer of [member, signIn, registration]) {
    assert.equal(answer.status, 503)
    assert.equal(answer.headers['retry-after'], '5')
    assert.ok(!answer.text.includes(person.name))
    assert.deepEqual(cookiesOf(answer), [])
  }
  assert.deepEqual([guest.status, health.status], [200, 200])
  assert.match(
    locationOf(await new Visitor(server.address).get('/dashboard')),
    /^\/login/,
    'a guest stays out',
  )
  network.heal()
  await until('it recovers', async () => (await visitor.get('/dashboard')).status === 200)
})

test('16.5.3 without a database tries are still counted, in bounded memory: 503, then 429, and never 500', async () => {
  network.swallow()
  const { tries } = limits.signInByAddress
  const visit = (index: number) =>
    new Visitor(server.address, '192.0.2.1')
      .logIn({ email: `nobody${index}@example.com`, password: 'x' })
      .then(({ status }) => status)
  const numbers = Array.from({ length: tries + 10 }, (_, index) => index)
  // In two halves: on a machine of two cores no more than 32 may wait at a time.
  const statuses = await Promise.all(numbers.slice(0, 20).map(visit))
  statuses.push(...(await Promise.all(numbers.slice(20).map(visit))))
  network.heal()
  assert.deepEqual(statuses.sort(), [
    ...Array.from({ length: 10 }, () => 429),
    ...Array.from({ length: tries }, () => 503),
  ])
  await until('it recovers', async () => (await visitor.get('/dashboard')).status === 200)
  assert.equal((await new Visitor(server.address).logIn(person)).status, 303)
})
