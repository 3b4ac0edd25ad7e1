import assert from 'node:assert/strict'
import { test } from 'node:test'
import { devices } from '../../src/features/devices/index.ts'
import { features } from '../../src/features.ts'
import { startTestApp } from '../support/app.ts'
import { privatePage } from '../support/home.ts'
import { newMember } from '../support/member.ts'
import { ownLog } from '../support/own-log.ts'
import { locationOf, newPerson, type Visitor } from '../support/visitor.ts'

const { log, lines } = await ownLog()
/** Not needed: it may have been removed. */
const account = features.filter(({ name }) => name === 'account')
const app = await startTestApp({}, { log, features: [devices, ...account] })
const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

test('the list shows browser, system and IP address of every session, newest first, and marks this one', async () => {
  const [desk, phone] = [app.visitor(), app.visitor()]
  const person = await app.visitor().register()
  await desk.logIn(person).set('User-Agent', firefox)
  await phone.logIn(person).set('User-Agent', safari)
  const { text } = await desk.get('/sessions')
  const browsers = [...text.matchAll(/<h2>([^<]+)/g)].map(([, name]) => name?.trim())
  assert.deepEqual(browsers, ['Safari on iOS', 'Firefox on Windows', 'Unknown browser'])
  assert.match(text, /Firefox on Windows[^<]*<[^>]*>\s*this session/)
  assert.equal(text.match(/this session</g)?.length, 1)
  assert.match(text, /\b10\.0\.0\.\d+\b/)
})

test('ending a session signs that browser out on its next request', async () => {
  const [here, there] = [app.visitor(), app.visitor()]
  const person = await here.register()
  await there.logIn(person)
  const [id] = endableIds((await here.get('/sessions')).text)
  assert.equal(locationOf(await here.submit(`/sessions/${id}/end`)), '/sessions')
  assert.match((await here.get('/sessions')).text, /Session ended\./)
  assert.match(locationOf(await there.get(privatePage)), /^\/login/)
  assert.equal((await here.get(privatePage)).status, 200)
})

test('all other sessions can be ended together, and this one stays (ASVS 7.5.2)', async () => {
  const here = app.visitor()
  const person = await here.register()
  const others = [app.visitor(), app.visitor()]
  for (const other of others) await other.logIn(person)
  await here.submit('/sessions/end-others')
  assert.match((await here.get('/sessions')).text, /Signed out everywhere else\. 2 sessions ended\./)
  assert.equal((await here.get(privatePage)).status, 200)
  for (const other of others) assert.match(locationOf(await other.get(privatePage)), /^\/login/)
  await here.submit('/sessions/end-others')
  assert.match((await here.get('/sessions')).text, /You had no other sessions\./)
})

test("another user's session can be neither seen nor ended", async () => {
  const [mine, theirs] = [app.visitor(), app.visitor()]
  await mine.register()
  const other = await theirs.register()
  await app.visitor().logIn(other)
  const [id] = endableIds((await theirs.get('/sessions')).text)
  assert.ok(id)
  assert.ok(!(await mine.get('/sessions')).text.includes(id))
  assert.equal(await messageAfterEnding(mine, id), hadEnded)
  assert.deepEqual(endableIds((await theirs.get('/sessions')).text), [id])
})

for (const id of ['%00', '..%2fend', '$ne', '[object Object]', 'f'.repeat(64)]) {
  test(`an unknown session ID ends nothing: ${id}`, async () => {
    const visitor = app.visitor()
    await visitor.register()
    assert.equal(await messageAfterEnding(visitor, id), hadEnded)
  })
}

test('ending this session signs out', async () => {
  const visitor = app.visitor()
  const person = await visitor.register()
  const user = await app.users.findOne({ email: person.email })
  const own = await app.sessions.findOne({ 'session.passport.user': String(user?._id) })
  assert.equal(locationOf(await visitor.submit(`/sessions/${own?._id}/end`)), '/')
  assert.match((await visitor.get('/')).text, /You&#39;ve signed out\./)
  assert.match(locationOf(await visitor.get('/sessions')), /^\/login/)
})

test('showing the list takes three reads and no write', async () => {
  const visitor = app.visitor()
  await visitor.register(newPerson())
  await visitor.get(privatePage)
  app.database.takeCommands()
  await visitor.get('/sessions')
  assert.deepEqual(app.database.takeCommands().sort(), ['aggregate', 'aggregate', 'find'])
})

test('ending another session takes the usual read, a deletion and one write for the message', async () => {
  const visitor = app.visitor()
  const person = await visitor.register()
  await app.visitor().logIn(person)
  await visitor.get(privatePage)
  const [id] = endableIds((await visitor.get('/sessions')).text)
  app.database.takeCommands()
  await visitor.submit(`/sessions/${id}/end`)
  assert.deepEqual(app.database.takeCommands(), ['aggregate', 'delete', 'update'])
})

test("another user's session looks like one that never existed (ASVS 8.2.2)", async () => {
  const [ada, grace] = [await newMember(app), await newMember(app)]
  await ada.visitor.get(privatePage)
  const foreign = await ada.visitor.submit(`/sessions/${grace.sessionId}/end`)
  const unknown = await ada.visitor.submit(`/sessions/${'0'.repeat(64)}/end`)
  assert.deepEqual([foreign.status, foreign.headers.location], [303, unknown.headers.location])
  const { text } = await ada.visitor.get('/sessions')
  assert.ok(!text.includes(grace.sessionId) && !text.includes(grace.person.name))
  await ada.visitor.submit('/sessions/end-others')
  assert.ok(await grace.visitor.isSignedIn())
})

test('a MongoDB operator as a session ID ends nothing (ASVS 1.2.4)', async () => {
  const { visitor, person } = await newMember(app)
  const there = app.visitor()
  await there.logIn(person)
  for (const id of ['[$ne]', '{"$ne":""}', '$where', '.*', 'null', '__proto__', 'id[$gt]='])
    assert.equal(locationOf(await visitor.submit(`/sessions/${encodeURIComponent(id)}/end`)), '/sessions', id)
  assert.ok(await there.isSignedIn())
})

test('an invalid page number shows the first page (ASVS 15.3.5)', async () => {
  const { visitor } = await newMember(app)
  for (const page of ['-1', '1e9', 'NaN', '[]', '0x10', '%00', '1&page=2'])
    assert.equal((await visitor.get(`/sessions?page=${page}`)).status, 200, page)
})

test('a page number after the last leads to the last page', async () => {
  const { visitor } = await newMember(app)
  assert.equal(locationOf(await visitor.get('/sessions?page=99')), '/sessions')
})

test('following a link ends no session (ASVS 3.5.3)', async () => {
  const { visitor, person, sessionId } = await newMember(app)
  await app.visitor().logIn(person)
  for (const path of ['/sessions/end-others', `/sessions/${sessionId}/end`])
    for (const method of ['GET', 'HEAD']) assert.equal((await visitor.request(method, path)).status, 404)
  assert.equal(endableIds((await visitor.get('/sessions')).text).length, 1)
})

test("ending sessions, and trying to end another user's, are logged as events (ASVS 16.3.1, 16.3.2)", async () => {
  const { visitor, person } = await newMember(app)
  await app.visitor().logIn(person)
  const [id] = endableIds((await visitor.get('/sessions')).text)
  const before = lines().length
  await visitor.submit(`/sessions/${id}/end`)
  await visitor.submit('/sessions/end-others')
  await visitor.submit(`/sessions/${'0'.repeat(64)}/end`)
  const events = lines()
    .slice(before)
    .flatMap(({ event }) => (event === undefined ? [] : [event]))
  assert.deepEqual(events, ['session.ended', 'sessions.ended', 'access.refused'])
})

test('a session ended from another one stays ended after a crash or failover', async () => {
  const { visitor } = await newMember(app)
  const concerns: unknown[] = []
  const note = ({ commandName, command }: { commandName: string; command: { writeConcern?: unknown } }) => {
    if (commandName === 'delete') concerns.push(command.writeConcern)
  }
  app.database.client.on('commandStarted', note)
  await visitor.submit('/sessions/end-others')
  app.database.client.off('commandStarted', note)
  assert.deepEqual(concerns, [{ w: 'majority', j: true }])
})

test('a page shows 25 of 60 sessions, and reads only those through the index', async () => {
  const { visitor, sessionId } = await newMember(app)
  const own = await app.sessions.findOne({ _id: sessionId })
  assert.ok(own)
  const copies = (count: number, kind: string, changes: object = {}) =>
    Array.from({ length: count }, (_, index) => {
      const session = { ...own.session, signedInAt: new Date(Date.now() - index) }
      return { ...own, _id: `${kind} ${index}`, session, ...changes }
    })
  const stranger = { ...own.session, passport: { user: 'stranger' } }
  await app.sessions.insertMany([
    ...copies(59, 'own'),
    ...copies(40, 'expired', { expires: new Date(0) }),
    ...copies(500, 'stranger', { session: stranger }),
  ])
  const first = await visitor.get('/sessions')
  assert.equal(first.text.match(/<dt>Last seen/g)?.length, 25)
  assert.match(first.text, /You have 60 active sessions/)
  assert.match(first.text, /Page 1 of 3/)
  assert.equal((await visitor.get('/sessions?page=3')).text.match(/<dt>Last seen/g)?.length, 10)
  const onThird = await visitor.get('/sessions?page=3')
  const [id] = endableIds(onThird.text)
  const ended = await visitor.submit(`/sessions/${id}/end`, { page: '3' })
  assert.equal(locationOf(ended), '/sessions?page=3', 'ending one stays on its page')
  const { executionStats, queryPlanner } = await app.sessions
    .find({ 'session.passport.user': own.session.passport?.user, expires: { $gt: new Date() } })
    .sort({ 'session.signedInAt': -1 })
    .limit(25)
    .explain('executionStats')
  assert.ok(executionStats.totalDocsExamined <= 100)
  assert.doesNotMatch(JSON.stringify(queryPlanner.winningPlan), /COLLSCAN|"SORT"/)
})

test('the account page links to the sessions', { skip: account.length === 0 }, async () => {
  const { visitor } = await newMember(app)
  assert.match((await visitor.get('/account')).text, /href="\/sessions">Manage</)
})

const hadEnded = 'That session had already ended.'

async function messageAfterEnding(visitor: Visitor, id: string): Promise<string | undefined> {
  const list = locationOf(await visitor.submit(`/sessions/${encodeURI(id)}/end`))
  return /That session had already ended\./.exec((await visitor.get(list)).text)?.[0]
}

function endableIds(text: string): string[] {
  return [...text.matchAll(/action="\/sessions\/([0-9a-f]{64})\/end"/g)].map(([, id]) => id ?? '')
}
