import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { privatePage } from '../support/home.ts'
import { newMember } from '../support/member.ts'
import { ownLog } from '../support/own-log.ts'
import { locationOf, newPerson } from '../support/visitor.ts'

const { log, lines } = await ownLog()
const app = await startTestApp({}, { log })
const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
const safari =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

test('the list tells browser, system and address of every session, newest first, and marks this one', async () => {
  const [desk, phone] = [app.visitor(), app.visitor()]
  const person = await app.visitor().register()
  await desk.logIn(person).set('User-Agent', firefox)
  await phone.logIn(person).set('User-Agent', safari)
  const { text } = await desk.get('/sessions')
  const browsers = [...text.matchAll(/<h2>([^<]+)/g)].map(([, name]) => name?.trim())
  assert.deepEqual(browsers, ['Safari on iOS', 'Firefox on Windows', 'An unknown browser'])
  assert.match(text, /Firefox on Windows[^<]*<[^>]*>\s*this one/)
  assert.equal(text.match(/this one</g)?.length, 1)
  assert.match(text, /\b10\.0\.0\.\d+\b/)
})

test('ending one session signs that browser out at its next click, and says so', async () => {
  const [here, there] = [app.visitor(), app.visitor()]
  const person = await here.register()
  await there.logIn(person)
  const [id] = endableIds((await here.get('/sessions')).text)
  assert.equal(locationOf(await here.submit(`/sessions/${id}/end`)), '/sessions')
  assert.match((await here.get('/sessions')).text, /That session has ended/)
  assert.match(locationOf(await there.get(privatePage)), /^\/login/)
  assert.equal((await here.get(privatePage)).status, 200)
})

test('a person sees all their sessions, and ends all others; this one stays (ASVS 7.5.2)', async () => {
  const here = app.visitor()
  const person = await here.register()
  const others = [app.visitor(), app.visitor()]
  for (const other of others) await other.logIn(person)
  await here.submit('/sessions/end-others')
  assert.match((await here.get('/sessions')).text, /2 sessions have ended/)
  assert.equal((await here.get(privatePage)).status, 200)
  for (const other of others) assert.match(locationOf(await other.get(privatePage)), /^\/login/)
  await here.submit('/sessions/end-others')
  assert.match((await here.get('/sessions')).text, /There was no other session/)
})

test("another person's session can be neither seen nor ended", async () => {
  const [mine, theirs] = [app.visitor(), app.visitor()]
  await mine.register()
  const other = await theirs.register()
  await app.visitor().logIn(other)
  const [id] = endableIds((await theirs.get('/sessions')).text)
  assert.ok(id)
  assert.ok(!(await mine.get('/sessions')).text.includes(id))
  assert.equal((await mine.submit(`/sessions/${id}/end`)).status, 404)
  assert.deepEqual(endableIds((await theirs.get('/sessions')).text), [id])
})

for (const id of ['%00', '..%2fend', '$ne', '[object Object]', 'f'.repeat(64)]) {
  test(`there is no session ${id}`, async () => {
    const visitor = app.visitor()
    await visitor.register()
    assert.equal((await visitor.submit(`/sessions/${encodeURI(id)}/end`)).status, 404)
  })
}

test('ending this very session is signing out', async () => {
  const visitor = app.visitor()
  const person = await visitor.register()
  const user = await app.users.findOne({ email: person.email })
  const own = await app.sessions.findOne({ 'session.passport.user': String(user?._id) })
  assert.equal(locationOf(await visitor.submit(`/sessions/${own?._id}/end`)), '/')
  assert.match((await visitor.get('/')).text, /You are signed out/)
  assert.match(locationOf(await visitor.get('/sessions')), /^\/login/)
})

test('the list costs three reads and no write', async () => {
  const visitor = app.visitor()
  await visitor.register(newPerson())
  await visitor.get(privatePage)
  app.database.takeCommands()
  await visitor.get('/sessions')
  assert.deepEqual(app.database.takeCommands().sort(), ['aggregate', 'aggregate', 'find'])
})

test('ending another session costs a delete and the message, after the read of every page', async () => {
  const visitor = app.visitor()
  const person = await visitor.register()
  await app.visitor().logIn(person)
  await visitor.get(privatePage)
  const [id] = endableIds((await visitor.get('/sessions')).text)
  app.database.takeCommands()
  await visitor.submit(`/sessions/${id}/end`)
  assert.deepEqual(app.database.takeCommands(), ['aggregate', 'delete', 'update'])
})

test('the session of another person can be neither seen nor ended, and looks like one that never was (ASVS 8.2.2)', async () => {
  const [ada, grace] = [await newMember(app), await newMember(app)]
  await ada.visitor.get(privatePage)
  const foreign = await ada.visitor.submit(`/sessions/${grace.sessionId}/end`)
  const unknown = await ada.visitor.submit(`/sessions/${'0'.repeat(64)}/end`)
  assert.deepEqual([foreign.status, foreign.text], [404, unknown.text])
  const { text } = await ada.visitor.get('/sessions')
  assert.ok(!text.includes(grace.sessionId) && !text.includes(grace.person.name))
  await ada.visitor.submit('/sessions/end-others')
  assert.ok(await grace.visitor.isSignedIn())
})

test('an operator in the place of a session id ends nothing (ASVS 1.2.4)', async () => {
  const { visitor, person } = await newMember(app)
  const there = app.visitor()
  await there.logIn(person)
  for (const id of ['[$ne]', '{"$ne":""}', '$where', '.*', 'null', '__proto__', 'id[$gt]='])
    assert.equal((await visitor.submit(`/sessions/${encodeURIComponent(id)}/end`)).status, 404, id)
  assert.ok(await there.isSignedIn())
})

test('a page of the list that is none is the first (ASVS 15.3.5)', async () => {
  const { visitor } = await newMember(app)
  for (const page of ['-1', '1e9', 'NaN', '[]', '99999', '0x10', '%00', '1&page=2'])
    assert.equal((await visitor.get(`/sessions?page=${page}`)).status, 200, page)
})

test('nothing is ended by a link (ASVS 3.5.3)', async () => {
  const { visitor, person, sessionId } = await newMember(app)
  await app.visitor().logIn(person)
  for (const path of ['/sessions/end-others', `/sessions/${sessionId}/end`])
    for (const method of ['GET', 'HEAD']) assert.equal((await visitor.request(method, path)).status, 404)
  assert.equal(endableIds((await visitor.get('/sessions')).text).length, 1)
})

test("an ended session, and one that is nobody else's business, are events (ASVS 16.3.1, 16.3.2)", async () => {
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

test('a session that was ended from another stays so after a crash and a failover', async () => {
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

test('of a person with 60 sessions a page shows 50, read by the index and nothing else', async () => {
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
  assert.equal(first.text.match(/<dt>Last seen/g)?.length, 50)
  assert.match(first.text, /60 places/)
  assert.match(first.text, /Page 1 of 2/)
  assert.equal((await visitor.get('/sessions?page=2')).text.match(/<dt>Last seen/g)?.length, 10)
  const { executionStats, queryPlanner } = await app.sessions
    .find({ 'session.passport.user': own.session.passport?.user, expires: { $gt: new Date() } })
    .sort({ 'session.signedInAt': -1 })
    .limit(50)
    .explain('executionStats')
  assert.ok(executionStats.totalDocsExamined <= 100)
  assert.doesNotMatch(JSON.stringify(queryPlanner.winningPlan), /COLLSCAN|"SORT"/)
})

function endableIds(text: string): string[] {
  return [...text.matchAll(/action="\/sessions\/([0-9a-f]{64})\/end"/g)].map(([, id]) => id ?? '')
}
