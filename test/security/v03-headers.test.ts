import assert from 'node:assert/strict'
import { test } from 'node:test'
import supertest from 'supertest'
import { startTestApp } from '../support/app.ts'
import { cookiesOf, newPerson, sessionCookieOf, type Visitor } from '../support/visitor.ts'

const app = await startTestApp({ NODE_ENV: 'production', APP_ORIGIN: 'https://app.example.com' })
const registered = await app.visitor().submit('/register', { ...newPerson() })
// supertest speaks http, so it would not send a Secure cookie back by itself.
const cookie = sessionCookieOf(registered).split(';', 1)[0] ?? ''

/** A request for each kind of answer that the app gives. */
async function everyKindOfAnswer(): Promise<[status: number, answer: supertest.Response][]> {
  const guest = app.visitor()
  const sheet = /href="(\/assets\/[^"]+\.css)"/.exec((await guest.get('/')).text)?.[1] ?? ''
  const broken = await brokenSession()
  return [
    [200, await guest.get('/login')],
    [200, await guest.get('/dashboard').set('Cookie', cookie)],
    [200, await guest.get(sheet)],
    [200, await guest.get('/robots.txt')],
    [200, await guest.get('/healthz')],
    [303, await guest.get('/dashboard')],
    [400, await guest.get('/login?password=x')],
    [403, await supertest(app.server).post('/login')],
    [404, await guest.get('/nowhere')],
    [404, await guest.get('/assets/x/y')],
    [413, await guest.submit('/login', { email: 'x'.repeat(20_000) })],
    [415, await guest.submit('/login').type('json')],
    [422, await guest.submit('/login')],
    [500, await guest.get('/dashboard').set('Cookie', broken)],
  ]
}

/** The cookie of a session with which the dashboard fails. */
async function brokenSession(): Promise<string> {
  const answer = await app.visitor().submit('/register', { ...newPerson() })
  const [latest] = await app.sessions.find().sort({ lastModified: -1 }).limit(1).toArray()
  await app.sessions.updateOne({ _id: latest?._id ?? '' }, { $set: { 'session.signedInAt': 'not a date' } })
  return sessionCookieOf(answer).split(';', 1)[0] ?? ''
}

async function eachAnswerHas(check: (headers: Record<string, string>, what: string) => void): Promise<void> {
  for (const [expected, answer] of await everyKindOfAnswer()) {
    const { method, url } = answer.request
    assert.equal(answer.status, expected, url)
    check(answer.headers, `${method} ${url} ${answer.status}`)
  }
}

function cookies(): string[] {
  const sent = cookiesOf(registered)
  assert.deepEqual(sent.map((text) => text.split('=', 1)[0]).sort(), ['__Host-browser', '__Host-sid'])
  return sent
}

test('3.3.1 on https every cookie is Secure', () => {
  for (const sent of cookies()) assert.match(sent, /; Secure(;|$)/)
})

test('3.3.2 every cookie is SameSite=Lax', () => {
  for (const sent of cookies()) assert.match(sent, /; SameSite=Lax(;|$)/)
})

test('3.3.3 on https every cookie belongs to this host alone, and to all of it', () => {
  for (const sent of cookies()) {
    assert.match(sent, /^__Host-.*; Path=\/(;|$)/)
    assert.doesNotMatch(sent, /Domain=/i)
  }
})

test('3.3.4 no script can read a cookie', () => {
  for (const sent of cookies()) assert.match(sent, /; HttpOnly(;|$)/)
})

test('3.4.1 every answer asks the browser to stay on https for a year, subdomains included', async () => {
  await eachAnswerHas((headers, what) =>
    assert.equal(headers['strict-transport-security'], 'max-age=31536000; includeSubDomains', what),
  )
})

test('3.4.2 no other origin may read an answer', async () => {
  const sendWithOrigin = (visitor: Visitor, path: string) =>
    visitor.get(path).set({ Origin: 'https://evil.example', Cookie: cookie })
  const preflight = supertest(app.server)
    .options('/account/name')
    .set({ Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' })
  for (const { headers } of [
    await sendWithOrigin(app.visitor(), '/dashboard'),
    await sendWithOrigin(app.visitor(), '/robots.txt'),
    await preflight,
  ]) {
    assert.deepEqual(
      Object.keys(headers).filter((name) => name.startsWith('access-control-')),
      [],
    )
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin')
  }
})

test('3.4.3 the content security policy allows nothing but this site, and nothing inline', async () => {
  await eachAnswerHas((headers, what) => {
    const policy = headers['content-security-policy'] ?? ''
    const directives = new Map(
      policy.split(';').map((text) => [text.split(' ', 1)[0] ?? '', text.split(' ').slice(1).join(' ')]),
    )
    assert.equal(directives.get('default-src'), "'self'", what)
    for (const name of ['object-src', 'base-uri', 'frame-ancestors'])
      assert.equal(directives.get(name), "'none'")
    assert.equal(directives.get('form-action'), "'self'")
    assert.doesNotMatch(policy, /unsafe|\*|https?:/)
    for (const name of ['script-src', 'style-src']) assert.equal(directives.get(name) ?? "'self'", "'self'")
  })
})

test('3.4.4 no browser guesses at the type of an answer', async () => {
  await eachAnswerHas((headers, what) => assert.equal(headers['x-content-type-options'], 'nosniff', what))
})

test('3.4.5 no other site learns from which page somebody came', async () => {
  await eachAnswerHas((headers, what) => assert.equal(headers['referrer-policy'], 'same-origin', what))
})

test('3.4.6 no other site can put a page into a frame', async () => {
  await eachAnswerHas((headers, what) => {
    assert.match(headers['content-security-policy'] ?? '', /frame-ancestors 'none'/, what)
    assert.equal(headers['x-frame-options'], 'DENY', what)
  })
})
