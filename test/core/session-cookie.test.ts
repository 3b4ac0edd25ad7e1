import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestHandler } from 'express'
import { anotherApp, startTestApp } from '../support/app.ts'
import { privatePage } from '../support/home.ts'
import { type Answer, ask } from '../support/http.ts'
import { idIn, type Member, newMember, privatePageWith, storedIdOf } from '../support/member.ts'
import { until } from '../support/server-process.ts'
import { cookiesOf, locationOf, sessionCookieOf, sessionPairOf, Visitor } from '../support/visitor.ts'

const held: (() => void)[] = []
/** A page that responds when the test lets it. */
const slowPage: RequestHandler = (req, res, next) => {
  if (req.path === '/slow') held.push(() => res.send('At last'))
  else next()
}

const app = await startTestApp({}, { more: [slowPage] })
const hourMs = 3_600_000
const dayMs = 24 * hourMs

function endOf(cookie: string): number {
  return Date.parse(/Expires=([^;]+)/.exec(cookie)?.[1] ?? '')
}

async function slowPageWith(cookie: string): Promise<Answer> {
  return await ask(app.server).get('/slow').set('Cookie', cookie)
}

async function assertGuest(cookie: string): Promise<void> {
  const answer = await privatePageWith(cookie, app)
  assert.match(locationOf(answer), /^\/login/, cookie)
  assert.deepEqual(cookiesOf(answer), [], cookie)
}

test('a guest gets no cookie and leaves no document, whatever the page', async () => {
  const visitor = app.visitor()
  for (const path of [
    '/',
    '/login',
    '/register',
    privatePage,
    '/nowhere',
    '/robots.txt',
    '/healthz',
    '/readyz',
  ])
    assert.deepEqual(cookiesOf(await visitor.get(path)), [], path)
  assert.equal(await app.sessions.countDocuments(), 0)
})

test('the cookie is HttpOnly and SameSite=Lax, for the whole site and no other host', async () => {
  const { person } = await newMember(app)
  const cookie = sessionCookieOf(await app.visitor().logIn(person))
  assert.match(cookie, /^sid=s%3A[^;]+; Path=\/; Max-Age=\d+; Expires=[^;]+; HttpOnly; SameSite=Lax$/)
})

test('"Keep me signed in" keeps the cookie for two weeks; otherwise it ends with the browser', async () => {
  const { person } = await newMember(app)
  const kept = sessionCookieOf(await app.visitor().logIn(person))
  assert.ok(Math.abs(endOf(kept) - Date.now() - 14 * dayMs) < 60_000)
  const { email, password } = person
  const short = sessionCookieOf(await app.visitor().submit('/login', { email, password }))
  assert.match(short, /^sid=/)
  assert.doesNotMatch(short, /Expires|Max-Age/)
})

test('a forged, unsigned, unknown, truncated or repeated cookie signs no one in and causes no error (ASVS 7.2.1)', async () => {
  const { cookie } = await newMember(app)
  assert.equal((await privatePageWith(cookie, app)).status, 200)
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
    await assertGuest(forged)
})

test('the signed cookie of a known browser opens no session (ASVS 7.2.1)', async () => {
  const { person } = await newMember(app)
  const again = cookiesOf(await app.visitor().logIn(person))
  const browser = again.find((text) => text.startsWith('browser='))?.split(';', 1)[0] ?? ''
  assert.match(browser, /^browser=browser~/)
  await assertGuest(browser.replace('browser=', 'sid=s%3A'))
})

test('every sign-in creates a new token (ASVS 7.2.2)', async () => {
  const { person, cookie } = await newMember(app)
  const ids = [idIn(cookie)]
  for (let times = 0; times < 4; times += 1) ids.push(idIn(sessionPairOf(await app.visitor().logIn(person))))
  assert.equal(new Set(ids).size, ids.length)
})

test("a token has at least 128 random bits and is stored as a hash, along with the user's ID as text (ASVS 7.2.3)", async () => {
  const { person, cookie, sessionId } = await newMember(app)
  assert.ok(Buffer.from(idIn(cookie), 'base64url').length >= 16)
  const user = await app.users.findOne({ email: person.email })
  const stored = await app.sessions.findOne({ _id: sessionId })
  assert.deepEqual(stored?.session.passport, { user: String(user?._id) })
  assert.ok(!JSON.stringify(await app.sessions.find().toArray()).includes(idIn(cookie)))
})

test('a session stores when, from which IP address and with which browser the user signed in', async () => {
  const person = await app.visitor().register()
  const visitor = new Visitor(app.server, '::ffff:192.0.2.7')
  const userAgent = `A browser ${'x'.repeat(400)}`
  const answer = await visitor.logIn(person).set('User-Agent', userAgent)
  const stored = await app.sessions.findOne({ _id: storedIdOf(sessionPairOf(answer)) })
  const { address, userAgent: stored300, signedInAt } = stored?.session ?? {}
  assert.deepEqual([address, stored300], ['192.0.2.7', userAgent.slice(0, 300)])
  assert.ok(Math.abs(Number(signedInAt) - Date.now()) < 60_000)
})

test('signing in creates a new session ID, and the earlier session ends and is deleted (ASVS 7.2.4)', async () => {
  const { visitor, person } = await newMember(app)
  // After signing out, a guest's session holds a message, like one that an attacker would plant.
  const planted = sessionPairOf(await visitor.submit('/logout'))
  assert.ok(await app.sessions.findOne({ _id: storedIdOf(planted) }))
  const own = sessionPairOf(await app.visitor().logIn(person).set('Cookie', planted))
  assert.notEqual(idIn(own), idIn(planted))
  await assertGuest(planted)
  assert.equal(await app.sessions.findOne({ _id: storedIdOf(planted) }), null)
})

test('the cookie is set only on responses that change it', async () => {
  const { visitor, person, sessionId: _id } = await newMember(app)
  for (const path of [privatePage, '/', '/nowhere'])
    assert.equal(sessionCookieOf(await visitor.get(path)), '', path)
  assert.equal(
    sessionCookieOf(await visitor.submit('/login', { ...person, password: 'not the password' })),
    '',
  )
  await app.sessions.updateOne({ _id }, { $set: { lastModified: new Date(Date.now() - hourMs - 1) } })
  const movedOn = sessionCookieOf(await visitor.get('/'))
  assert.equal(storedIdOf(movedOn), _id)
  assert.ok(Math.abs(endOf(movedOn) - Date.now() - 14 * dayMs) < 60_000)
  assert.equal(sessionCookieOf(await visitor.get('/')), '')
})

test("the cookie's attributes come from the configuration, whatever is stored", async () => {
  const { visitor, sessionId: _id } = await newMember(app)
  const odd = { sameSite: 'x', path: 7, domain: '\n', httpOnly: 'x', secure: [], expires: 'x', priority: {} }
  const fields = Object.entries(odd).map(([name, value]) => [`session.cookie.${name}`, value])
  const lastModified = new Date(Date.now() - hourMs - 1)
  await app.sessions.updateOne({ _id }, { $set: { ...Object.fromEntries(fields), lastModified } })
  assert.match(
    sessionCookieOf(await visitor.get(privatePage)),
    /^sid=[^;]+; Path=\/; Max-Age=\d+; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
  )
})

test("a slow response can't replace a new session with an earlier one", async () => {
  const { visitor, person, cookie } = await newMember(app)
  const slowOnes = [slowPageWith(cookie)]
  await until('the first is held', () => held.length === 1)
  const asGuest = sessionPairOf(await visitor.submit('/logout'))
  slowOnes.push(slowPageWith(asGuest))
  await until('both are held', () => held.length === 2)
  const signedIn = await visitor.logIn(person)
  assert.notEqual(sessionCookieOf(signedIn), '')
  for (const release of held.splice(0)) release()
  for (const slow of slowOnes) assert.equal(sessionCookieOf(await slow), '')
})

test("an ended session doesn't touch its cookie, and starts no guest session", async () => {
  const endings: Record<string, (member: Member) => Promise<unknown>> = {
    'the session was deleted': ({ sessionId: _id }) => app.sessions.deleteOne({ _id }),
    'the session expired': ({ sessionId: _id }) =>
      app.sessions.updateOne({ _id }, { $set: { expires: new Date(0) } }),
    'the user was deleted': ({ person: { email } }) => app.users.deleteOne({ email }),
    'the password was changed': ({ person: { email } }) =>
      app.users.updateOne({ email }, { $inc: { epoch: 1 } }),
  }
  for (const [what, end] of Object.entries(endings)) {
    await app.sessions.deleteMany({})
    const member = await newMember(app)
    await end(member)
    for (const path of ['/', privatePage, '/login'])
      assert.deepEqual(cookiesOf(await member.visitor.get(path)), [], `${what}: ${path}`)
    assert.equal(await app.sessions.countDocuments({ expires: { $gt: new Date() } }), 0, what)
  }
})

test('a new key before the old one keeps users signed in; without the old key, those who came back in between still are (ASVS 13.3.1)', async () => {
  const { cookie } = await newMember(app)
  const newKey = 'new-1a2b3c4d5e6f708192a3b4c5d6e7f809'
  const withKeys = async (keys: string, sent: string) =>
    await privatePageWith(sent, { server: await anotherApp(app, { SECRET_KEY: keys }) })
  const during = await withKeys(`${newKey},${app.config.secretKeys[0]}`, cookie)
  assert.equal(during.status, 200)
  const signedAnew = sessionPairOf(during)
  assert.notEqual(signedAnew, cookie)
  assert.equal((await withKeys(newKey, signedAnew)).status, 200, 'who came back stays signed in')
  assert.match(locationOf(await withKeys(newKey, cookie)), /^\/login/, 'who did not, signs in again')
})

test("a session's cookie has Max-Age too, because the browser's clock may be ahead", async () => {
  const { visitor } = await newMember(app)
  const cookies = cookiesOf(await visitor.submit('/logout'))
  const [farewell = ''] = cookies.filter((cookie) => cookie.startsWith('sid='))
  const seconds = Number(/; Max-Age=(\d+); Expires=/.exec(farewell)?.[1])
  assert.ok(seconds > 290 && seconds <= 300, farewell)
  const person = await app.visitor().register()
  const signedIn = cookiesOf(await app.visitor().logIn(person)).find((cookie) => cookie.startsWith('sid='))
  assert.match(signedIn ?? '', /; Max-Age=1209600; Expires=/)
  const brief = cookiesOf(await app.visitor().logIn(person, { remember: '' }))
  assert.ok(!brief.some((cookie) => cookie.startsWith('sid=') && /Max-Age|Expires/.test(cookie)))
})
