import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { hash } from '@node-rs/argon2'
import { startTestApp } from '../support/app.ts'
import { home, privatePage, signInFirst } from '../support/home.ts'
import { newMember, privatePageWith } from '../support/member.ts'
import { cookiesOf, locationOf, newPerson } from '../support/visitor.ts'

const app = await startTestApp()
const person = await app.visitor().register()
const wrong = 'not the password'
const otherPage = `${privatePage}?tab=2`
beforeEach(app.forgetTries)

test('a correct password leads to the landing page with a greeting', async () => {
  const visitor = app.visitor()
  const answer = await visitor.logIn(person)
  assert.equal(answer.status, 303)
  assert.equal(locationOf(answer), home)
  assert.match((await visitor.get(home)).text, /You&#39;re signed in\./)
})

test('an incorrect password says so and keeps the email address in the form', async () => {
  const answer = await app.visitor().logIn({ ...person, password: wrong })
  assert.equal(answer.status, 401)
  assert.ok(answer.text.includes(`value="${person.email}"`))
  assert.match(answer.text, /Incorrect email address or password/)
  assert.doesNotMatch(answer.text, /not the password/)
  assert.deepEqual(cookiesOf(answer), [])
})

test('an unknown email address gets the same response as an incorrect password, after the same commands (ASVS 6.3.8)', async () => {
  const answers = []
  for (const email of [person.email, 'nobody@example.com']) {
    app.database.takeCommands()
    const { status, headers, text } = await app.visitor().logIn({ email, password: wrong })
    const commands = app.database.takeCommands()
    answers.push({ status, names: Object.keys(headers), text: text.replaceAll(email, 'EMAIL'), commands })
  }
  assert.deepEqual(answers[1], answers[0])
  assert.equal(answers[0]?.status, 401)
})

test('a guest who asks for a private page gets there after signing in', async () => {
  const visitor = app.visitor()
  const form = await visitor.get(locationOf(await visitor.get(otherPage)))
  assert.ok(form.text.includes(`name="returnTo" value="${otherPage}"`))
  assert.equal(locationOf(await visitor.logIn(person, { returnTo: otherPage })), otherPage)
})

test('a guest who registers instead gets there too', async () => {
  const asked = encodeURIComponent(otherPage)
  const { text } = await app.visitor().get(`/login?returnTo=${asked}`)
  const [, register = ''] = /href="(\/register[^"]*)"/.exec(text.slice(text.indexOf('<main'))) ?? []
  assert.ok((await app.visitor().get(register)).text.includes(`name="returnTo" value="${otherPage}"`))
  const answer = app.visitor().fillInAndSubmit('/register', { ...newPerson(), returnTo: otherPage })
  assert.equal(locationOf(await answer), otherPage)
})

test('a failed attempt keeps the requested page', async () => {
  const answer = await app.visitor().logIn({ ...person, password: wrong }, { returnTo: otherPage })
  assert.ok(answer.text.includes(`name="returnTo" value="${otherPage}"`))
})

test('signing in never leads off this site or to another scheme (ASVS 1.2.2, 3.7.2)', async () => {
  for (const returnTo of [
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/%09/evil.example',
    '/\n/evil.example',
    '\t//evil.example',
    ' //evil.example',
    'https:evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'JaVaScRiPt:x',
    '/x\r\nLocation: https://evil.example',
    '/../..//evil.example',
    '/%2e%2e//evil.example',
    '/a/..//evil.example',
    '/./\\evil.example',
    '/%2f/evil.example',
    '@evil.example',
    '.evil.example',
    'evil.example',
    '//[',
  ]) {
    await app.forgetTries()
    const answer = await app.visitor().logIn(person, { returnTo })
    assert.equal(answer.status, 303, returnTo)
    const location = locationOf(answer)
    assert.doesNotMatch(location, /^\/[/\\]|[\r\n]/)
    assert.equal(new URL(location, 'http://app.example').origin, 'http://app.example', returnTo)
  }
})

test('registering never leads off this site (ASVS 3.7.2)', async () => {
  for (const returnTo of ['//evil.example', 'https://evil.example', '/\\evil.example']) {
    const answer = await app.visitor().fillInAndSubmit('/register', { ...newPerson(), returnTo })
    assert.equal(locationOf(answer), home)
  }
})

test('a page of this site that only mentions another site is opened', async () => {
  for (const returnTo of ['/search?q=//evil.example', '/@evil.example', '/'])
    assert.equal(locationOf(await app.visitor().logIn(person, { returnTo })), returnTo)
})

test('a repeated parameter or a forged host leads nowhere else (ASVS 3.7.2)', async () => {
  const form = await app.visitor().get(`/login?returnTo=//evil.example&returnTo=${home}`)
  assert.equal(form.status, 200)
  assert.match(form.text, /name="returnTo" value=""/)
  const made = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' }
  assert.equal(locationOf(await app.visitor().get(privatePage).set(made)), signInFirst)
  const slashes = await app.visitor().get('//evil.example/%2e%2e')
  assert.equal(slashes.status, 404)
  const address = `/login?remember=on&returnTo=//evil.example`
  const { email, password } = person
  const beside = await app.visitor().submit(address, { email, password })
  assert.equal(locationOf(beside), home, 'the address is no part of the form')
})

test('signed-in users are redirected from the sign-in and registration pages', async () => {
  const visitor = app.visitor()
  await visitor.logIn(person)
  for (const path of ['/login', '/register']) assert.equal(locationOf(await visitor.get(path)), home)
})

test('when a signed-in user sends credentials, they become that user and the earlier session ends', async () => {
  const { visitor, cookie, person: first } = await newMember(app)
  assert.equal((await visitor.logIn({ ...person, password: wrong })).status, 401)
  assert.ok((await visitor.get(home)).text.includes(first.name), 'an incorrect password changes nothing')
  assert.equal(locationOf(await visitor.logIn(person)), home)
  assert.ok((await visitor.get(home)).text.includes(person.name))
  assert.match(locationOf(await privatePageWith(cookie, app)), /^\/login/)
  const newcomer = newPerson()
  const form = await app.visitor().filledIn('/register', { ...newcomer })
  assert.equal((await visitor.submit('/register', form)).status, 303)
  assert.ok((await visitor.get(home)).text.includes(newcomer.name))
})

test('credentials in a URL are refused and sign no one in (ASVS 14.2.1)', async () => {
  const query = new URLSearchParams({ email: person.email, password: person.password })
  const visitor = app.visitor()
  for (const answer of [
    await visitor.get(`/login?${query}`),
    await visitor.submit(`/login?${query}`),
    await visitor.submit(`/login?password=${person.password}`, { email: person.email }),
    await visitor.submit(`/register?${query}`, { name: 'Ada' }),
  ]) {
    assert.equal(answer.status, 400)
    assert.ok(!answer.text.includes(person.password) && !answer.text.includes(person.email))
    assert.deepEqual(cookiesOf(answer), [])
  }
  assert.ok(!(await visitor.isSignedIn()))
})

test('a pattern in place of an email address matches no one (ASVS 1.2.9)', async () => {
  for (const email of [
    '.*',
    '.*@example.com',
    '^person.*',
    'person?@example.com',
    `${person.email}|x@example.com`,
  ]) {
    const { status } = await app.visitor().logIn({ ...person, email })
    assert.ok(status === 401 || status === 422, `${email}: ${status}`)
  }
})

test('a weaker hash is replaced by a strong one on the next sign-in (ASVS 11.4.2)', async () => {
  const old = await app.visitor().register()
  const weak = await hash(old.password, { memoryCost: 8_192, timeCost: 1, parallelism: 1 })
  await app.users.updateOne({ email: old.email }, { $set: { passwordHash: weak } })
  for (let times = 0; times < 2; times += 1) {
    assert.equal((await app.visitor().logIn(old)).status, 303)
    const user = await app.users.findOne({ email: old.email })
    assert.match(String(user?.passwordHash), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  }
})

test('no password signs in an email address without an account', async () => {
  for (const password of ['', ' ', 'x', 'no one has this password']) {
    const { status } = await app.visitor().logIn({ email: 'nobody@example.com', password })
    assert.equal(status, password === '' ? 422 : 401)
  }
})

test('a browser that keeps no cookies is told so, in one sentence and without a session', async () => {
  const person = await app.visitor().register()
  const sessions = () => app.sessions.countDocuments()
  const before = await sessions()
  assert.equal(locationOf(await app.visitor().logIn(person)), home)
  // Its next request has the form as its referrer, and no cookie.
  const from = { Referer: 'http://localhost:3000/login?returnTo=%2F' }
  const asked = await app.visitor().get(privatePage).set(from)
  assert.equal(locationOf(asked), `${signInFirst}&cookies=blocked`)
  const page = await app.visitor().get(locationOf(asked)).set(from)
  assert.match(
    page.text,
    /role="alert">We couldn&#39;t sign you in because your browser didn&#39;t keep our cookie/,
  )
  assert.deepEqual(cookiesOf(page), [])
  assert.equal(await sessions(), before + 1)
  assert.equal(locationOf(await app.visitor().get(privatePage)), signInFirst, 'a guest from elsewhere is not')
})
