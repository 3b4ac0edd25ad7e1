import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mongo } from 'mongoose'
import { anotherApp, startTestApp, type TestApp } from '../support/app.ts'
import { ownDatabaseUrl } from '../support/database.ts'
import { privatePage, signInFirst } from '../support/home.ts'
import { ask } from '../support/http.ts'
import { idIn, type Member, newMember, privatePageWith } from '../support/member.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { locationOf, sessionPairOf } from '../support/visitor.ts'

const url = ownDatabaseUrl()
const network = await startTcpProxy(url)
const app: TestApp = await startTestApp({ DATABASE_URL: network.through(url) })
const hourMs = 3_600_000
const dayMs = 24 * hourMs

const ago = (ms: number) => new Date(Date.now() - ms)

async function assertSignedOut({ visitor }: Pick<Member, 'visitor'>): Promise<void> {
  assert.equal(locationOf(await visitor.get(privatePage)), signInFirst)
}

test("MongoDB removes expired sessions and finds a user's sessions through indexes", async () => {
  const indexes = await app.sessions.indexes()
  assert.ok(indexes.some(({ key, expireAfterSeconds }) => 'expires' in key && expireAfterSeconds === 0))
  const plan = await app.sessions.find({ 'session.passport.user': 'x' }).explain()
  assert.match(JSON.stringify(plan), /IXSCAN/)
})

test('using a session extends it by two weeks, with at most one write per hour', async () => {
  const { visitor, sessionId: _id } = await newMember(app)
  await visitor.get(privatePage)
  const soon = new Date(Date.now() + dayMs)
  await app.sessions.updateOne({ _id }, { $set: { lastModified: ago(hourMs + 1), expires: soon } })
  await visitor.get(privatePage)
  const prolonged = await app.sessions.findOne({ _id })
  assert.ok(Math.abs(Number(prolonged?.expires) - Date.now() - 14 * dayMs) < 60_000)
  await visitor.get(privatePage)
  assert.deepEqual(await app.sessions.findOne({ _id }), prolonged)
})

test('an expired session is refused before MongoDB has removed it', async () => {
  const member = await newMember(app)
  await app.sessions.updateOne({ _id: member.sessionId }, { $set: { expires: ago(1) } })
  await assertSignedOut(member)
})

test('a session expires after the idle limit (ASVS 7.3.1)', async () => {
  const twoDays = await anotherApp(app, { SESSION_IDLE_DAYS: '2' })
  const { cookie, sessionId: _id } = await newMember(app, twoDays)
  // Changes only the last use, because the limit must apply on reading too, not only through `expires`.
  await app.sessions.updateOne({ _id }, { $set: { lastModified: ago(1.9 * dayMs) } })
  assert.equal((await privatePageWith(cookie, { server: twoDays })).status, 200)
  await app.sessions.updateOne({ _id }, { $set: { lastModified: ago(2 * dayMs) } })
  assert.match(locationOf(await privatePageWith(cookie, { server: twoDays })), /^\/login/)
})

test('with an idle limit of 15 minutes, as some compliance rules require, use keeps a session alive', async () => {
  const minuteMs = 60_000
  const brief = await anotherApp(app, { SESSION_IDLE_DAYS: String(15 / 60 / 24) })
  const { visitor, sessionId: _id } = await newMember(app, brief)
  await visitor.get(privatePage)
  const before = new Date(Date.now() + 13 * minuteMs)
  await app.sessions.updateOne({ _id }, { $set: { lastModified: ago(2 * minuteMs), expires: before } })
  await visitor.get(privatePage)
  assert.ok(Number((await app.sessions.findOne({ _id }))?.expires) > Number(before))
})

test("constant use doesn't extend a session past the absolute limit (ASVS 7.3.2)", async () => {
  const member = await newMember(app)
  const { visitor, sessionId: _id } = member
  const signedInAt = ago(30 * dayMs - hourMs)
  await app.sessions.updateOne(
    { _id },
    { $set: { 'session.signedInAt': signedInAt, lastModified: ago(2 * hourMs) } },
  )
  assert.equal((await visitor.get(privatePage)).status, 200)
  const used = await app.sessions.findOne({ _id })
  assert.equal(Number(used?.expires), Number(signedInAt) + 30 * dayMs, 'use prolongs it no further')
  await app.sessions.updateOne({ _id }, { $set: { 'session.signedInAt': ago(30 * dayMs) } })
  await assertSignedOut(member)
})

test('signing out ends the session even while other requests are in flight (ASVS 7.4.1)', async () => {
  // Enough to catch every request between its read and its write.
  network.delay(0, 8)
  for (let round = 1; round <= 4; round += 1) {
    const { cookie, sessionId: _id } = await newMember(app)
    // The greeting is stored in this session, so every page that shows it writes the session.
    const writers = Array.from({ length: 20 }, () =>
      privatePageWith(cookie, app).then(({ status }) => status),
    )
    const end = ask(app.server).post('/logout').set({ Cookie: cookie, 'Sec-Fetch-Site': 'same-origin' })
    const [ended] = await Promise.all([end, ...writers])
    assert.equal(ended.status, 303)
    assert.match(locationOf(await privatePageWith(cookie, app)), /^\/login/, `round ${round}`)
    assert.equal(await app.sessions.findOne({ _id }), null, `round ${round}: it came back`)
  }
  network.delay(0, 0)
})

test('a session that was signed out is refused by every other process on the next request (ASVS 7.4.1)', async () => {
  const { visitor, cookie } = await newMember(app)
  const server = await anotherApp(app)
  assert.equal((await privatePageWith(cookie, { server })).status, 200)
  await visitor.submit('/logout')
  assert.match(locationOf(await privatePageWith(cookie, { server })), /^\/login/)
})

test('a user deleted from the database, or given a higher epoch, is signed out everywhere on the next request, and the session is deleted (ASVS 7.4.2)', async () => {
  for (const [change, commands] of [
    [(email: string) => app.users.deleteOne({ email }), ['aggregate', 'delete']],
    [(email: string) => app.users.updateOne({ email }, { $inc: { epoch: 1 } }), ['aggregate', 'delete']],
  ] as const) {
    const here = await newMember(app)
    const there = app.visitor()
    await there.logIn(here.person)
    await change(here.person.email)
    app.database.takeCommands()
    await assertSignedOut(here)
    assert.deepEqual(app.database.takeCommands(), commands)
    assert.equal(await app.sessions.findOne({ _id: here.sessionId }), null)
    await assertSignedOut({ visitor: there })
  }
})

/** Paths in a session's document, with values that the store never writes there. */
const notThere = [undefined, null, 0, 'x', true, [], [{}], {}, new Date(Number.NaN)] as const
const oddShapes: readonly (readonly [path: string, value: unknown])[] = [
  ...notThere.flatMap((value) =>
    ['expires', 'lastModified', 'session', 'session.cookie'].map((path) => [path, value] as const),
  ),
  ...[...notThere, -1, '2026-01-31'].map((value) => ['session.signedInAt', value] as const),
  ...[null, 'x', true, [], {}, 1.5, -1].map((value) => ['session.epoch', value] as const),
  ...[
    null,
    0,
    'x',
    true,
    [],
    ['x'],
    {},
    { user: null },
    { user: 17 },
    { user: '' },
    { user: 'not an ID' },
  ].map((value) => ['session.passport', value] as const),
  ...[{ $gt: '' }, ['x'], new Date()].map((value) => ['session.passport.user', value] as const),
  ...[undefined, 'x', {}, [], true, new Date()].map(
    (value) => ['session.cookie.originalMaxAge', value] as const,
  ),
  ...['x', 0, [], { success: 'x' }, { success: {} }, { success: null }].map(
    (value) => ['session.flash', value] as const,
  ),
]

test(`documents of ${oddShapes.length} odd shapes are ignored without an error`, async () => {
  const { cookie, sessionId: _id } = await newMember(app)
  const whole = await app.sessions.findOne({ _id })
  assert.ok(whole)
  for (const [path, value] of oddShapes) {
    const what = `${path}: ${JSON.stringify(value)}`
    await app.sessions.replaceOne({ _id }, whole, { upsert: true })
    const change = value === undefined ? { $unset: path } : { $set: { [path]: { $literal: value } } }
    await app.sessions.updateOne({ _id }, [change])
    assert.equal((await ask(app.server).get('/').set('Cookie', cookie)).status, 200, what)
    assert.match(locationOf(await privatePageWith(cookie, app)), /^\/login/, what)
  }
  await app.sessions.replaceOne({ _id }, whole, { upsert: true })
  assert.equal((await privatePageWith(cookie, app)).status, 200)
})

test("a user document with an invalid email address, or that JavaScript can't read, signs no one in and causes no error", async () => {
  for (const odd of [null, {}, [], new mongo.BSON.BSONRegExp('(')]) {
    const { visitor, person } = await newMember(app)
    const email = Array.isArray(odd) ? [person.email] : odd
    await app.users.updateOne({ name: person.name }, { $set: { email } })
    assert.ok(!(await visitor.isSignedIn()), JSON.stringify(email))
    assert.equal((await visitor.submit('/logout')).status, 303, JSON.stringify(email))
    assert.equal((await visitor.logIn(person)).status, 401, JSON.stringify(email))
  }
})

test('a user whose stored epoch is invalid can sign in and stays signed in', async () => {
  for (const epoch of [null, 'x', 1.5, {}]) {
    const { visitor, person } = await newMember(app)
    await app.users.updateOne({ email: person.email }, { $set: { epoch } })
    assert.equal((await visitor.logIn(person)).status, 303, JSON.stringify(epoch))
    assert.ok(await visitor.isSignedIn(), JSON.stringify(epoch))
  }
})

test('a user document without an epoch, made by another tool, counts as epoch 0', async () => {
  const { visitor, person } = await newMember(app)
  await app.users.updateOne({ email: person.email }, { $unset: { epoch: 1 } })
  assert.equal((await visitor.get(privatePage)).status, 200)
})

test("loading a page doesn't read the password hash", async () => {
  const { visitor } = await newMember(app)
  const replies: unknown[] = []
  const note = ({ reply }: { reply: unknown }) => replies.push(reply)
  app.database.client.on('commandSucceeded', note)
  assert.equal((await visitor.get(privatePage)).status, 200)
  app.database.client.off('commandSucceeded', note)
  const said = JSON.stringify(replies)
  assert.match(said, /example\.com/)
  assert.doesNotMatch(said, /argon2/)
})

test('signing out ends the session immediately, says so once, and leaves nothing but an empty document for five minutes', async () => {
  await app.sessions.deleteMany({})
  const { visitor, person, cookie } = await newMember(app)
  const answer = await visitor.submit('/logout')
  assert.equal(locationOf(answer), '/')
  assert.notEqual(idIn(sessionPairOf(answer)), idIn(cookie), "a guest's session takes its place")
  assert.match(locationOf(await privatePageWith(cookie, app)), /^\/login/)

  const next = await visitor.get('/')
  assert.match(next.text, /You&#39;ve signed out\./)
  assert.ok(!next.text.includes(person.name))
  const [left, ...others] = await app.sessions.find().toArray()
  assert.ok(left && others.length === 0)
  assert.deepEqual(Object.keys(left.session), ['cookie'])
  assert.ok(Number(left.expires) <= Date.now() + 5 * 60_000)
  assert.doesNotMatch((await visitor.get('/')).text, /ve signed out/)
})

test("a link can't sign anyone out (ASVS 3.5.3)", async () => {
  const { visitor } = await newMember(app)
  assert.equal((await visitor.get('/logout')).status, 404)
  assert.equal((await visitor.request('HEAD', '/logout')).status, 404)
  assert.ok(await visitor.isSignedIn())
})

test('no header or field turns one method into another (ASVS 3.5.3)', async () => {
  const { visitor } = await newMember(app)
  await visitor.get('/logout').set('X-HTTP-Method-Override', 'POST')
  await visitor.get('/logout?_method=POST')
  await visitor.get('/').set('X-HTTP-Method', 'DELETE')
  assert.ok(await visitor.isSignedIn())
  const renamed = visitor.submit('/logout', { _method: 'GET' }).set('X-Method-Override', 'GET')
  assert.equal(locationOf(await renamed), '/')
  assert.ok(!(await visitor.isSignedIn()))
})

test('signing out twice, or as a guest, is harmless', async () => {
  const { visitor } = await newMember(app)
  for (const one of [visitor, visitor, app.visitor()])
    assert.equal(locationOf(await one.submit('/logout')), '/')
})

test('signing out in one browser leaves the other signed in', async () => {
  const { visitor, person } = await newMember(app)
  const other = app.visitor()
  await other.logIn(person)
  await visitor.submit('/logout')
  assert.ok(await other.isSignedIn())
})

test('signing out clears what scripts have stored in the browser (ASVS 14.3.1)', async () => {
  const { visitor } = await newMember(app)
  assert.equal((await visitor.submit('/logout')).headers['clear-site-data'], '"storage"')
})

test('a form from another site signs no one out', async () => {
  const { visitor } = await newMember(app)
  const foreign = await visitor.request('POST', '/logout', { headers: { 'Sec-Fetch-Site': 'cross-site' } })
  assert.equal(foreign.status, 403)
  assert.equal((await visitor.get(privatePage)).status, 200)
})
