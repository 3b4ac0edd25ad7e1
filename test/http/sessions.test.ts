import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { cookiesOf, locationOf } from '../support/visitor.ts'

const app = await startTestApp()
const hourMs = 3_600_000
const dayMs = 24 * hourMs

test('a guest gets no cookie and leaves no document on any page', async () => {
  const visitor = app.visitor()
  for (const path of [
    '/',
    '/login',
    '/register',
    '/dashboard',
    '/nowhere',
    '/robots.txt',
    '/healthz',
    '/readyz',
  ]) {
    assert.deepEqual(cookiesOf(await visitor.get(path)), [], path)
  }
  assert.equal(await app.sessions.countDocuments(), 0)
})

test('the cookie is HttpOnly and SameSite=Lax, for the whole site and no other', async () => {
  const visitor = app.visitor()
  await visitor.register()
  const [cookie] = cookiesOf(await visitor.get('/dashboard'))
  assert.match(cookie ?? '', /^sid=s%3A[^;]+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/)
})

test('the collection holds a hash of the id, and the id of the user as text', async () => {
  const visitor = app.visitor()
  const person = await visitor.register()
  const [cookie] = cookiesOf(await visitor.get('/dashboard'))
  const id = decodeURIComponent(cookie?.split(/[=;]/)[1] ?? '').replace(/^s:([^.]+).*/, '$1')
  const user = await app.users.findOne({ email: person.email })
  const stored = await app.sessions.findOne({ _id: createHash('sha256').update(id).digest('hex') })
  assert.deepEqual(stored?.session.passport, { user: String(user?._id) })
  assert.ok(stored)
  assert.ok(!JSON.stringify(stored).includes(id))
})

test('MongoDB itself removes sessions, and finds those of a user, by an index', async () => {
  const indexes = await app.sessions.indexes()
  assert.ok(indexes.some(({ key, expireAfterSeconds }) => 'expires' in key && expireAfterSeconds === 0))
  const plan = await app.sessions.find({ 'session.passport.user': 'x' }).explain()
  assert.match(JSON.stringify(plan), /IXSCAN/)
})

test('a session lives for two weeks from its last use', async () => {
  await app.sessions.deleteMany({})
  await app.visitor().register()
  const stored = await app.sessions.findOne({})
  assert.ok(Math.abs(Number(stored?.expires) - Date.now() - 14 * dayMs) < 60_000)
})

test('use prolongs a session, with one write an hour', async () => {
  await app.sessions.deleteMany({})
  const visitor = app.visitor()
  await visitor.register()
  await visitor.get('/dashboard')
  const anHourAgo = new Date(Date.now() - hourMs - 1)
  const soon = new Date(Date.now() + dayMs)
  await app.sessions.updateOne({}, { $set: { lastModified: anHourAgo, expires: soon } })
  await visitor.get('/dashboard')
  const prolonged = await app.sessions.findOne({})
  assert.ok(Number(prolonged?.expires) > Number(soon))
  await visitor.get('/dashboard')
  assert.deepEqual(await app.sessions.findOne({}), prolonged)
})

test('an expired session is refused before MongoDB has removed it', async () => {
  await app.sessions.deleteMany({})
  const visitor = app.visitor()
  await visitor.register()
  await app.sessions.updateOne({}, { $set: { expires: new Date(Date.now() - 1) } })
  assert.match(locationOf(await visitor.get('/dashboard')), /^\/login/)
})

test('a session that nobody used for two weeks is over', async () => {
  await app.sessions.deleteMany({})
  const visitor = app.visitor()
  await visitor.register()
  // Only the last use is moved: the limit holds on reading, not through `expires` alone.
  await app.sessions.updateOne({}, { $set: { lastModified: new Date(Date.now() - 14 * dayMs) } })
  assert.match(locationOf(await visitor.get('/dashboard')), /^\/login/)
})

test('thirty days after the sign-in a session is over, however much it was used', async () => {
  await app.sessions.deleteMany({})
  const visitor = app.visitor()
  await visitor.register()
  const signedInAt = new Date(Date.now() - 30 * dayMs + hourMs)
  const lastModified = new Date(Date.now() - 2 * hourMs)
  await app.sessions.updateOne({}, { $set: { 'session.signedInAt': signedInAt, lastModified } })
  assert.equal((await visitor.get('/dashboard')).status, 200)
  const used = await app.sessions.findOne({})
  assert.equal(Number(used?.expires), Number(signedInAt) + 30 * dayMs, 'use does not carry it past the limit')
  await app.sessions.updateOne({}, { $set: { 'session.signedInAt': new Date(Number(signedInAt) - hourMs) } })
  assert.match(locationOf(await visitor.get('/dashboard')), /^\/login/)
})

test('a deleted user is signed out by the next request, and the session goes too', async () => {
  await app.sessions.deleteMany({})
  const visitor = app.visitor()
  const person = await visitor.register()
  await visitor.get('/dashboard')
  await app.users.deleteOne({ email: person.email })
  const answer = await visitor.get('/dashboard')
  assert.match(locationOf(answer), /^\/login/)
  assert.equal(await app.sessions.countDocuments(), 0)
  assert.equal((await visitor.get('/login')).status, 200)
})

test('a session with a damaged user id is a guest, not an error', async () => {
  await app.sessions.deleteMany({})
  const visitor = app.visitor()
  await visitor.register()
  await app.sessions.updateOne({}, { $set: { 'session.passport.user': 'not an id' } })
  assert.match(locationOf(await visitor.get('/dashboard')), /^\/login/)
})

for (const cookie of [
  'sid=%',
  'sid=s%3Aforged.signature',
  'sid=unsigned',
  `sid=${'x'.repeat(5_000)}`,
  'sid=a; sid=b',
]) {
  test(`a forged or broken cookie is a guest: ${cookie.slice(0, 30)}`, async () => {
    const answer = await app.visitor().get('/dashboard').set('Cookie', cookie)
    assert.match(locationOf(answer), /^\/login/)
    for (const sent of cookiesOf(answer)) assert.match(sent, /^sid=;.*1970/, 'it is only taken away')
  })
}

test('the cookie of an ended session is taken away, so that it costs one read and no more', async () => {
  const visitor = app.visitor()
  await visitor.register()
  await app.sessions.deleteMany({})
  app.database.takeCommands()
  assert.match(cookiesOf(await visitor.get('/'))[0] ?? '', /^sid=;.*1970/)
  await visitor.get('/')
  assert.deepEqual(app.database.takeCommands(), ['aggregate'])
})
