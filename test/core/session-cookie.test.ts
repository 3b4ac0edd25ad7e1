import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anotherApp, startTestApp } from '../support/app.ts'
import { privatePage } from '../support/home.ts'
import { idIn, newMember, privatePageWith, storedIdOf } from '../support/member.ts'
import { cookiesOf, locationOf, sessionCookieOf, sessionPairOf } from '../support/visitor.ts'

const app = await startTestApp()

async function assertGuest(cookie: string): Promise<void> {
  const answer = await privatePageWith(cookie, app)
  assert.match(locationOf(answer), /^\/login/, cookie)
  for (const sent of cookiesOf(answer)) assert.match(sent, /^sid=;.*1970/, 'a cookie is only taken away')
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
  const { visitor } = await newMember(app)
  const cookie = sessionCookieOf(await visitor.get(privatePage))
  assert.match(cookie, /^sid=s%3A[^;]+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/)
})

test('"Keep me signed in" keeps the cookie for two weeks; otherwise it ends with the browser', async () => {
  const { person } = await newMember(app)
  const kept = sessionCookieOf(await app.visitor().logIn(person))
  const until = Date.parse(/Expires=([^;]+)/.exec(kept)?.[1] ?? '')
  assert.ok(Math.abs(until - Date.now() - 14 * 86_400_000) < 60_000)
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

test('every sign-in makes a new token (ASVS 7.2.2)', async () => {
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

test('signing in makes a new session ID, and the earlier session ends and is deleted (ASVS 7.2.4)', async () => {
  const { visitor, person } = await newMember(app)
  // Signed out, with a message that waits: a guest's session, as an attacker would plant it.
  const planted = sessionPairOf(await visitor.submit('/logout'))
  assert.ok(await app.sessions.findOne({ _id: storedIdOf(planted) }))
  const own = sessionPairOf(await app.visitor().logIn(person).set('Cookie', planted))
  assert.notEqual(idIn(own), idIn(planted))
  await assertGuest(planted)
  assert.equal(await app.sessions.findOne({ _id: storedIdOf(planted) }), null)
})

test('the cookie of an ended session is taken away, so that it costs one read and no more', async () => {
  const { visitor, sessionId } = await newMember(app)
  await app.sessions.deleteOne({ _id: sessionId })
  app.database.takeCommands()
  assert.match(sessionCookieOf(await visitor.get('/')), /^sid=;.*1970/)
  await visitor.get('/')
  assert.deepEqual(app.database.takeCommands(), ['aggregate'])
})

test('a new key in front of the old one keeps users signed in; once the old key is dropped, those who came back in between still are (ASVS 13.3.1)', async () => {
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
