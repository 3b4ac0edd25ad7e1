import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import supertest from 'supertest'
import { anotherApp } from '../support/another-app.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ownDatabaseUrl } from '../support/database.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { cookiesOf, locationOf, newPerson, sessionCookieOf, Visitor } from '../support/visitor.ts'

const url = ownDatabaseUrl()
const network = await startTcpProxy(url)
const app: TestApp = await startTestApp({ DATABASE_URL: network.through(url) })
const dayMs = 86_400_000

/** A new person who is signed in, with what their browser sends. */
async function member(environment?: Record<string, string>) {
  await app.forgetTries()
  const visitor = environment ? new Visitor(await anotherApp(app, environment)) : app.visitor()
  const person = newPerson()
  const cookie = pairOf(await visitor.submit('/register', { ...person }))
  return { visitor, person, cookie, _id: storedAs(cookie) }
}

function pairOf(answer: supertest.Response): string {
  return sessionCookieOf(answer).split(';', 1)[0] ?? ''
}

/** The id within a cookie, without its signature. */
function idIn(cookie: string): string {
  return /^sid=s%3A([\w-]+)\./.exec(cookie)?.[1] ?? assert.fail(`no session in ${cookie}`)
}

function storedAs(cookie: string): string {
  return createHash('sha256').update(idIn(cookie)).digest('hex')
}

function dashboardWith(cookie: string, server = app.server): supertest.Test {
  return supertest(server).get('/dashboard').set('Cookie', cookie)
}

async function assertAnonymous(cookie: string, what = cookie): Promise<void> {
  const answer = await dashboardWith(cookie)
  assert.match(locationOf(answer), /^\/login/, what)
}

test('7.2.1 a cookie that is forged, unsigned, unknown, cut or doubled signs nobody in, and is no error', async () => {
  const { cookie } = await member()
  assert.equal((await dashboardWith(cookie)).status, 200)
  const [id, value] = [idIn(cookie), cookie.slice(4)]
  for (const forged of [
    `sid=${id}`,
    `sid=s%3A${id}`,
    `sid=s%3A${id}.`,
    `sid=s%3A${id}.${'A'.repeat(43)}`,
    `sid=s%3A${'A'.repeat(32)}.${value.split('.')[1]}`,
    `sid=${value.slice(0, -4)}`,
    `sid=j%3A{"$ne":null}`,
    'sid=%',
    'sid=',
    `sid=${'x'.repeat(5_000)}`,
    'sid=a; sid=b',
    `sid=a; sid=${value}`,
    `SID=${value}`,
    `browser=${value}`,
  ])
    await assertAnonymous(forged)
})

test('7.2.1 the signed cookie by which a browser is known opens no session', async () => {
  const { person } = await member()
  const again = cookiesOf(await app.visitor().logIn(person))
  const browser = again.find((text) => text.startsWith('browser='))?.split(';', 1)[0] ?? ''
  assert.match(browser, /^browser=browser~/)
  await assertAnonymous(browser.replace('browser=', 'sid=s%3A'))
})

test('7.2.2 every sign-in makes a token of its own', async () => {
  const { person, cookie } = await member()
  const ids = [idIn(cookie)]
  for (let times = 0; times < 4; times += 1) ids.push(idIn(pairOf(await app.visitor().logIn(person))))
  assert.equal(new Set(ids).size, ids.length)
})

test('7.2.3 a token has 128 random bits or more, and is stored as a hash', async () => {
  const { cookie, _id } = await member()
  assert.ok(Buffer.from(idIn(cookie), 'base64url').length >= 16)
  assert.ok(await app.sessions.findOne({ _id }))
  assert.ok(!JSON.stringify(await app.sessions.find().toArray()).includes(idIn(cookie)))
})

test('7.2.4 signing in gives a new id; the one before is dead and its document gone', async () => {
  const { visitor, person } = await member()
  // Signed out, with a message that waits: a guest's session, as an attacker would plant it.
  const planted = pairOf(await visitor.submit('/logout'))
  assert.ok(await app.sessions.findOne({ _id: storedAs(planted) }))
  const own = pairOf(await app.visitor().logIn(person).set('Cookie', planted))
  assert.notEqual(idIn(own), idIn(planted))
  await assertAnonymous(planted)
  assert.equal(await app.sessions.findOne({ _id: storedAs(planted) }), null)
})

test('7.3.1 a session that nobody used for as long as the idle limit is over', async () => {
  const { cookie, _id } = await member({ SESSION_IDLE_DAYS: '2' })
  const move = (days: number) =>
    app.sessions.updateOne({ _id }, { $set: { lastModified: new Date(Date.now() - days * dayMs) } })
  const server = await anotherApp(app, { SESSION_IDLE_DAYS: '2' })
  await move(1.9)
  assert.equal((await dashboardWith(cookie, server)).status, 200)
  await move(2)
  assert.match(locationOf(await dashboardWith(cookie, server)), /^\/login/)
})

test('7.3.2 constant use does not carry a session past the absolute limit', async () => {
  const { visitor, cookie, _id } = await member()
  const signedIn = (days: number) => new Date(Date.now() - days * dayMs)
  const lastModified = signedIn(0.1)
  await app.sessions.updateOne({ _id }, { $set: { 'session.signedInAt': signedIn(29.9), lastModified } })
  assert.equal((await visitor.get('/dashboard')).status, 200)
  const used = await app.sessions.findOne({ _id })
  assert.ok(Number(used?.expires) <= Date.now() + 0.1 * dayMs, 'use prolongs it no further')
  await app.sessions.updateOne({ _id }, { $set: { 'session.signedInAt': signedIn(30) } })
  await assertAnonymous(cookie)
})

test('7.4.1 sign-out kills the cookie, also with a request in flight', async () => {
  // Enough for every request to be caught between its read and its write.
  network.delay(0, 8)
  for (let round = 1; round <= 8; round += 1) {
    const { cookie, _id } = await member()
    // The greeting waits in this session, so every page that shows it writes the session.
    const writers = Array.from({ length: 20 }, () => dashboardWith(cookie).then(({ status }) => status))
    const end = supertest(app.server).post('/logout').set({ Cookie: cookie, 'Sec-Fetch-Site': 'same-origin' })
    const [ended] = await Promise.all([end, ...writers])
    assert.equal(ended.status, 303)
    await assertAnonymous(cookie, `round ${round}`)
    assert.equal(await app.sessions.findOne({ _id }), null, `round ${round}: it came back`)
  }
  network.delay(0, 0)
})

test('7.4.2 a deleted or unknown user is anonymous at the next request, and no error page', async () => {
  for (const change of [
    (email: string) => app.users.deleteOne({ email }),
    (email: string) => app.users.updateOne({ email }, { $inc: { epoch: 1 } }),
  ]) {
    const { person, cookie, _id } = await member()
    await change(person.email)
    await assertAnonymous(cookie)
    assert.equal(await app.sessions.findOne({ _id }), null, 'the session goes as well')
  }
  for (const nobody of ['not an id', '', { $ne: '' }, null, 7]) {
    const { cookie, _id } = await member()
    await app.sessions.updateOne({ _id }, { $set: { 'session.passport.user': nobody } })
    await assertAnonymous(cookie, JSON.stringify(nobody))
  }
})

test('7.4.3 a new password ends every other session, and gives this one a new id', async () => {
  const { visitor, person, cookie } = await member()
  const elsewhere = pairOf(await app.visitor().logIn(person))
  const change = { password: person.password, 'new-password': 'eleven purple kettles' }
  const changed = await visitor.submit('/account/password', change)
  assert.equal(locationOf(changed), '/account')
  for (const dead of [cookie, elsewhere]) await assertAnonymous(dead)
  assert.equal((await dashboardWith(pairOf(changed))).status, 200)
  assert.equal((await app.visitor().logIn(person)).status, 401)
})

test('7.5.1 a new password and the deletion of an account ask for the password again', async () => {
  const { visitor, person } = await member()
  const before = await app.users.findOne({ email: person.email })
  for (const [path, more] of [
    ['/account/password', { 'new-password': 'eleven purple kettles' }],
    ['/account/delete', {}],
  ] as const) {
    assert.equal((await visitor.submit(path, { ...more })).status, 422)
    assert.equal((await visitor.submit(path, { ...more, password: 'not the password' })).status, 401)
  }
  assert.deepEqual(await app.users.findOne({ email: person.email }), before)
})

test('7.5.2 a person sees all their sessions, and ends one or all others', async () => {
  const { visitor, person } = await member()
  const others = [app.visitor(), app.visitor(), app.visitor()]
  const cookies = []
  for (const other of others) cookies.push(pairOf(await other.logIn(person)))
  const { text } = await visitor.get('/sessions')
  const listed = [...text.matchAll(/action="\/sessions\/([0-9a-f]{64})\/end"/g)].map(([, id]) => id)
  assert.deepEqual(listed.sort(), cookies.map(storedAs).sort())
  assert.equal((await visitor.submit(`/sessions/${storedAs(cookies[0] ?? '')}/end`)).status, 303)
  await assertAnonymous(cookies[0] ?? '')
  assert.equal((await dashboardWith(cookies[1] ?? '')).status, 200)
  await visitor.submit('/sessions/end-others')
  for (const cookie of cookies) await assertAnonymous(cookie)
  assert.equal((await visitor.get('/dashboard')).status, 200)
})
