import assert from 'node:assert/strict'
import { test } from 'node:test'
import { model, Schema } from 'mongoose'
import { deleteUser } from '../../src/auth/accounts.ts'
import { User } from '../../src/auth/user.ts'
import { belongsToUser } from '../../src/database.ts'
import { anotherApp, startTestApp, type TestApp } from '../support/app.ts'
import { brokenPage } from '../support/broken-page.ts'
import { ownDatabaseUrl } from '../support/database.ts'
import { privatePage } from '../support/home.ts'
import { ask } from '../support/http.ts'
import { newMember } from '../support/member.ts'
import { ownLog } from '../support/own-log.ts'
import { until } from '../support/server-process.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { cookiesOf, locationOf, newPerson } from '../support/visitor.ts'

const notes = new Schema({ userId: Schema.Types.ObjectId })
belongsToUser(notes, 'userId')
const Note = model('LeftoverNote', notes)

const url = ownDatabaseUrl()
const network = await startTcpProxy(url)
const { log, lines, text: logged } = await ownLog()
const app: TestApp = await startTestApp({ DATABASE_URL: network.through(url) }, { log, more: [brokenPage] })
const { visitor, person } = await newMember(app)
const howItIsBuilt = /\/src\/|\.ts\b|\.ejs|\bat \w+ \(|TypeError|mongo(db|ose):|node_modules/

/** Cuts off MongoDB just before the first command with this name, or the command with this number. */
async function losingMongoAt<T>(which: string | number, act: () => PromiseLike<T>): Promise<T> {
  let commands = 0
  const cut = ({ commandName }: { commandName: string }) => {
    commands += 1
    if (which === commandName || which === commands) network.cut()
  }
  app.database.client.on('commandStarted', cut)
  try {
    return await act()
  } finally {
    app.database.client.off('commandStarted', cut)
    network.heal()
    await until('it recovers', async () => (await visitor.get(privatePage)).status === 200)
  }
}

test('an unexpected error is logged with its stack and the request ID of the response, without credentials (ASVS 16.3.4)', async () => {
  const answer = await app.visitor().get('/broken')
  assert.equal(answer.status, 500)
  const id = String(answer.headers['x-request-id'])
  assert.ok(answer.text.includes(id), 'the page tells what to search the log for')
  const own = lines().filter(({ requestId }) => requestId === id)
  const fault = own.find(({ msg }) => msg === 'Request failed')
  assert.equal(fault?.level, 50)
  const { type, message, stack } = Object(fault?.err)
  assert.deepEqual([type, message], ['TypeError', 'Broken on purpose at mongodb://***@db.example/app'])
  assert.match(stack, /broken-page\.ts:\d+/)
  assert.doesNotMatch(logged(), /pass-of-ada/)
})

test('an error page describes the failure in general terms only (ASVS 16.5.1)', async () => {
  const { text } = await app.visitor().get('/broken')
  assert.match(text, /our fault, and we/)
  assert.doesNotMatch(text, howItIsBuilt)
  assert.doesNotMatch(text, /on purpose/)
})

test('in production there are no developer pages, and an error page shows no stack (ASVS 13.4.2)', async () => {
  const server = await anotherApp(app, { NODE_ENV: 'production' }, { more: [brokenPage] })
  for (const path of ['/dev', '/dev/users', '/debug', '/_debug'])
    assert.equal((await ask(server).get(path)).status, 404)
  const { status, text } = await ask(server).get('/broken')
  assert.equal(status, 500)
  assert.doesNotMatch(text, howItIsBuilt)
})

test('without a database no one can sign in, guest pages keep working, and the app recovers automatically (ASVS 16.5.2, 16.5.3)', async () => {
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
  network.heal()
  for (const answer of [member, signIn, registration]) {
    assert.equal(answer.status, 503)
    assert.equal(answer.headers['retry-after'], '5')
    assert.ok(!answer.text.includes(person.name))
    assert.deepEqual(cookiesOf(answer), [])
  }
  for (const [answer, email] of [[signIn, person.email] as const, [registration, newcomer.email] as const]) {
    assert.match(answer.text, /We can&#39;t reach our database right now/)
    assert.ok(answer.text.includes(`value="${email}"`), 'what was typed is kept')
  }
  assert.doesNotMatch(member.text, /href="\/login"/, 'no one is told that they are signed out')
  assert.deepEqual([guest.status, health.status, ready.status], [200, 200, 503])
  assert.match(locationOf(secret), /^\/login/, 'a guest stays out')
  await until('it recovers', async () => (await visitor.get(privatePage)).status === 200)
  assert.equal((await app.visitor().logIn(person)).status, 303)
})

test('losing MongoDB between the password check and the session gives one error page and signs no one in', async () => {
  const late = app.visitor()
  const answer = await losingMongoAt('aggregate', () => late.logIn(person))
  assert.equal(answer.status, 503)
  assert.equal(answer.headers['retry-after'], '5')
  assert.deepEqual(cookiesOf(answer), [])
  assert.ok(!(await late.isSignedIn()))
})

test('losing MongoDB between a new account and its session leaves a complete account and no one signed in (ASVS 2.3.3)', async () => {
  const late = app.visitor()
  const newcomer = newPerson()
  // The session's write; the account's is an insert.
  const form = await late.filledIn('/register', { ...newcomer })
  const answer = await losingMongoAt('aggregate', () => late.submit('/register', form))
  assert.equal(answer.status, 503)
  assert.match(answer.text, /Your request may still have gone through/)
  assert.deepEqual(cookiesOf(answer), [])
  assert.ok(!(await late.isSignedIn()))
  assert.equal((await late.submit('/register', form)).status, 303, 'to try again is right: it signs in')
  assert.equal((await app.visitor().logIn(newcomer)).status, 303, 'the account is whole')
})

test('a deletion interrupted between any two commands leaves no one signed in, and registering with that email address finishes it (ASVS 2.3.3)', async () => {
  let cutAt = 0
  for (let isCut = true; isCut; ) {
    cutAt += 1
    const leaving = await newMember(app)
    const { email } = leaving.person
    const { id, _id } = await User.findOne({ email }).orFail()
    await Note.create({ userId: _id })
    isCut = await losingMongoAt(cutAt, () => deleteUser(id, {}, app.core.hooks)).then(
      () => false,
      () => true,
    )
    // The first one marks the account.
    if (cutAt === 1) {
      assert.ok(await leaving.visitor.isSignedIn(), 'nothing has happened yet')
      continue
    }
    assert.ok(!(await leaving.visitor.isSignedIn()), `${cutAt}`)
    assert.equal((await app.visitor().logIn(leaving.person)).status, 401, `${cutAt}`)
    assert.equal(
      await app.users.countDocuments({ email }),
      isCut ? 1 : 0,
      'its email address is taken to the end',
    )
    await app.visitor().register({ ...newPerson(), email })
    const left = [User.countDocuments({ _id }), Note.countDocuments({ userId: _id })]
    const ofSessions = app.sessions.countDocuments({ 'session.passport.user': id })
    assert.deepEqual(await Promise.all([...left, ofSessions]), [0, 0, 0], `${cutAt}`)
  }
  // Mark, find, notes, sessions, user.
  assert.ok(cutAt > 5, `${cutAt}`)
})

test("signing out works even if its message can't be stored", async () => {
  const leaving = await newMember(app)
  // As with a full quota: deletions work, but a unique index prevents storing another message.
  const withMessage = { 'session.flash': { $exists: true } }
  await app.sessions.deleteMany({ ...withMessage, _id: { $ne: leaving.sessionId } })
  const emptyOne = { _id: 'in the way', expires: new Date(Date.now() + 60_000), lastModified: new Date() }
  const place = { unique: true, partialFilterExpression: withMessage, name: 'one_message' }
  await leaving.visitor.get(privatePage)
  await app.sessions.insertOne({ ...emptyOne, session: { cookie: { originalMaxAge: null }, flash: {} } })
  await app.sessions.createIndex({ place: 1 }, place)
  const answer = await leaving.visitor.submit('/logout')
  await app.sessions.dropIndex('one_message')
  assert.equal(locationOf(answer), '/')
  assert.equal(await app.sessions.findOne({ _id: leaving.sessionId }), null)
  assert.equal((await leaving.visitor.get('/')).status, 200)
  assert.ok(lines().some(({ msg }) => msg === 'Could not store a message'))
})
