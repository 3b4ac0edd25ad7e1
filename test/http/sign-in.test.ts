import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { hash } from '@node-rs/argon2'
import { startTestApp } from '../support/app.ts'
import { cookiesOf, locationOf, newPerson, sessionCookieOf } from '../support/visitor.ts'

const app = await startTestApp()
const person = await app.visitor().register()
beforeEach(app.forgetTries)

test('a right password opens the dashboard with a greeting', async () => {
  const visitor = app.visitor()
  assert.equal(locationOf(await visitor.logIn(person)), '/dashboard')
  assert.match((await visitor.get('/dashboard')).text, new RegExp(`Welcome back, ${person.name}\\.`))
})

test('a wrong password keeps the email on the form and says so', async () => {
  const answer = await app.visitor().logIn({ ...person, password: 'not the password' })
  assert.equal(answer.status, 401)
  assert.ok(answer.text.includes(`value="${person.email}"`))
  assert.match(answer.text, /Wrong email address or password/)
  assert.doesNotMatch(answer.text, /not the password/)
  assert.deepEqual(cookiesOf(answer), [])
})

test('an unknown email gets the very answer of a wrong password', async () => {
  const password = 'not the password'
  const known = await app.visitor().logIn({ ...person, password })
  const unknown = await app.visitor().logIn({ email: 'nobody@example.com', password })
  assert.equal(unknown.status, known.status)
  assert.equal(unknown.text.replace('nobody@example.com', person.email), known.text)
})

test('a guest who asks for a private page comes back to it after signing in', async () => {
  const visitor = app.visitor()
  const refused = await visitor.get('/dashboard?tab=2')
  assert.equal(locationOf(refused), '/login?returnTo=%2Fdashboard%3Ftab%3D2')
  const form = await visitor.get(locationOf(refused))
  assert.match(form.text, /name="returnTo" value="\/dashboard\?tab=2"/)
  assert.equal(locationOf(await visitor.logIn(person, { returnTo: '/dashboard?tab=2' })), '/dashboard?tab=2')
})

test('registering instead goes on to that page, too', async () => {
  const { text } = await app.visitor().get('/login?returnTo=%2Fsessions')
  const [, register = ''] = /href="(\/register[^"]*)"/.exec(text.slice(text.indexOf('<main'))) ?? []
  assert.match((await app.visitor().get(register)).text, /name="returnTo" value="\/sessions"/)
  assert.equal(
    locationOf(await app.visitor().submit('/register', { ...newPerson(), returnTo: '/sessions' })),
    '/sessions',
  )
})

test('a failed try does not lose the page first asked for', async () => {
  const answer = await app
    .visitor()
    .logIn({ ...person, password: 'not the password' }, { returnTo: '/dashboard?tab=2' })
  assert.match(answer.text, /name="returnTo" value="\/dashboard\?tab=2"/)
})

for (const evil of [
  '//evil.example',
  '/\\evil.example',
  '/\t/evil.example',
  'https:evil.example',
  'javascript:alert(1)',
]) {
  test(`signing in never leaves this site for ${JSON.stringify(evil)}`, async () => {
    assert.equal(locationOf(await app.visitor().logIn(person, { returnTo: evil })), '/dashboard')
  })
}

test('somebody who is signed in is sent on from the sign-in and registration pages', async () => {
  const visitor = app.visitor()
  await visitor.logIn(person)
  for (const path of ['/login', '/register']) {
    assert.equal(locationOf(await visitor.get(path)), '/dashboard')
    assert.equal(locationOf(await visitor.submit(path, { ...person })), '/dashboard')
  }
})

test('credentials in the address are refused and sign nobody in', async () => {
  const visitor = app.visitor()
  const query = new URLSearchParams({ email: person.email, password: person.password })
  for (const answer of [await visitor.submit(`/login?${query}`), await visitor.get(`/login?${query}`)]) {
    assert.equal(answer.status, 400)
    assert.ok(!answer.text.includes(person.password))
    assert.deepEqual(cookiesOf(answer), [])
  }
  assert.match(locationOf(await visitor.get('/dashboard')), /^\/login/)
})

for (const body of [
  'email[$ne]=&password[$ne]=',
  'email=a@example.com&email=b@example.com&password=seven+green+bicycles',
  'email=a@example.com&password=x&__proto__=x',
  'email=a@example.com&password=x&constructor=x',
]) {
  test(`a body that no form sends is refused: ${body}`, async () => {
    const answer = await app.visitor().submit('/login', body)
    assert.equal(answer.status, 400)
    assert.deepEqual(cookiesOf(answer), [])
  })
}

test('a pattern instead of an email matches nobody', async () => {
  assert.equal((await app.visitor().logIn({ ...person, email: '.*' })).status, 422)
})

test('a weaker hash is replaced by a strong one at the next sign-in', async () => {
  const old = await app.visitor().register(newPerson())
  const weak = await hash(old.password, { memoryCost: 8_192, timeCost: 1, parallelism: 1 })
  await app.users.updateOne({ email: old.email }, { $set: { passwordHash: weak } })
  assert.equal((await app.visitor().logIn(old)).status, 303)
  const user = await app.users.findOne({ email: old.email })
  assert.match(String(user?.passwordHash), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.equal((await app.visitor().logIn(old)).status, 303)
})

test('signing in gives a new session id; one planted before is dead and its document gone', async () => {
  const attacker = app.visitor()
  const planted = sessionCookieOf(await attacker.logIn(person))
  const before = await app.sessions.countDocuments()
  const victim = app.visitor()
  // The attacker's own session, signed out so that it is a guest's with a message, is what the victim starts with.
  const guest = sessionCookieOf(await attacker.submit('/logout'))
  assert.ok(planted && guest)
  const own = sessionCookieOf(await victim.logIn(person).set('Cookie', guest.split(';', 1)[0] ?? ''))
  assert.notEqual(own.split(';', 1)[0], guest.split(';', 1)[0])
  const withPlanted = await app
    .visitor()
    .get('/dashboard')
    .set('Cookie', guest.split(';', 1)[0] ?? '')
  assert.match(locationOf(withPlanted), /^\/login/)
  assert.equal(await app.sessions.countDocuments(), before)
})

test('"Keep me signed in" keeps the cookie for two weeks; without it, it ends with the browser', async () => {
  const kept = sessionCookieOf(await app.visitor().logIn(person))
  const until = Date.parse(/Expires=([^;]+)/.exec(kept)?.[1] ?? '')
  assert.ok(Math.abs(until - Date.now() - 14 * 86_400_000) < 60_000)
  const short = sessionCookieOf(
    await app.visitor().submit('/login', { email: person.email, password: person.password }),
  )
  assert.doesNotMatch(short, /Expires|Max-Age/)
})
