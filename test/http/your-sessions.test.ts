import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { locationOf, newPerson } from '../support/visitor.ts'

const app = await startTestApp()
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
  assert.match(text, /\b10\.0\.0\.1\b/)
})

test('ending one session signs that browser out at its next click, and says so', async () => {
  const [here, there] = [app.visitor(), app.visitor()]
  const person = await here.register()
  await there.logIn(person)
  const [id] = endableIds((await here.get('/sessions')).text)
  assert.equal(locationOf(await here.submit(`/sessions/${id}/end`)), '/sessions')
  assert.match((await here.get('/sessions')).text, /That session has ended/)
  assert.match(locationOf(await there.get('/dashboard')), /^\/login/)
  assert.equal((await here.get('/dashboard')).status, 200)
})

test('ending all others leaves this one, and says how many', async () => {
  const here = app.visitor()
  const person = await here.register()
  const others = [app.visitor(), app.visitor()]
  for (const other of others) await other.logIn(person)
  await here.submit('/sessions/end-others')
  assert.match((await here.get('/sessions')).text, /2 sessions have ended/)
  assert.equal((await here.get('/dashboard')).status, 200)
  for (const other of others) assert.match(locationOf(await other.get('/dashboard')), /^\/login/)
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

test('a guest can neither list nor end sessions', async () => {
  const guest = app.visitor()
  assert.match(locationOf(await guest.get('/sessions')), /^\/login/)
  assert.match(locationOf(await guest.submit('/sessions/end-others')), /^\/login/)
})

test('among 100,000 sessions a person with 500 gets a page of 50, read by the index and nothing else', async () => {
  const visitor = app.visitor()
  const person = await visitor.register()
  const userId = String((await app.users.findOne({ email: person.email }))?._id)
  const template = await app.sessions.findOne({ 'session.passport.user': userId })
  assert.ok(template)
  const strangers = Array.from({ length: 100_000 }, (_, index) =>
    copyFor(`stranger ${index % 20_000}`, index),
  )
  const own = Array.from({ length: 499 }, (_, index) => copyFor(userId, 100_000 + index))
  const expired = Array.from({ length: 40 }, (_, index) => ({
    ...copyFor(userId, 200_000 + index),
    expires: new Date(0),
  }))
  const everything = [...strangers, ...own, ...expired]
  for (let at = 0; at < everything.length; at += 10_000) {
    await app.sessions.insertMany(everything.slice(at, at + 10_000), { ordered: false })
  }

  const first = await visitor.get('/sessions')
  assert.equal(first.text.match(/<dt>Last seen/g)?.length, 50)
  assert.match(first.text, /500 places/)
  assert.match(first.text, /Page 1 of 10/)
  assert.equal((await visitor.get('/sessions?page=10')).text.match(/<dt>Last seen/g)?.length, 50)

  const stats = await app.sessions
    .find({ 'session.passport.user': userId, expires: { $gt: new Date() } })
    .sort({ 'session.signedInAt': -1 })
    .limit(50)
    .explain('executionStats')
  assert.equal(stats.executionStats.totalDocsExamined, 50)
  assert.match(JSON.stringify(stats.queryPlanner.winningPlan), /by_user/)
  assert.doesNotMatch(JSON.stringify(stats.queryPlanner.winningPlan), /COLLSCAN|"SORT"/)

  function copyFor(user: string, index: number) {
    assert.ok(template)
    const signedInAt = new Date(Date.now() - index)
    return {
      ...template,
      _id: `copy ${index}`,
      session: { ...template.session, passport: { user }, signedInAt },
    }
  }
})

test('the list costs three reads and no write', async () => {
  const visitor = app.visitor()
  await visitor.register(newPerson())
  await visitor.get('/dashboard')
  app.database.takeCommands()
  await visitor.get('/sessions')
  assert.deepEqual(app.database.takeCommands().sort(), ['aggregate', 'aggregate', 'find'])
})

test('ending another session costs a delete and the message, after the read of every page', async () => {
  const visitor = app.visitor()
  const person = await visitor.register()
  await app.visitor().logIn(person)
  await visitor.get('/dashboard')
  const [id] = endableIds((await visitor.get('/sessions')).text)
  app.database.takeCommands()
  await visitor.submit(`/sessions/${id}/end`)
  assert.deepEqual(app.database.takeCommands(), ['aggregate', 'delete', 'update'])
})

function endableIds(text: string): string[] {
  return [...text.matchAll(/action="\/sessions\/([0-9a-f]{64})\/end"/g)].map(([, id]) => id ?? '')
}
