import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maxBodySize } from '../../src/web/forms.ts'
import { anotherApp, startTestApp } from '../support/app.ts'
import { brokenPage } from '../support/broken-page.ts'
import { privatePage } from '../support/home.ts'
import { type Answer, ask } from '../support/http.ts'
import { cookiesOf, newPerson, sessionPairOf, Visitor } from '../support/visitor.ts'

const app = await startTestApp(
  { NODE_ENV: 'production', APP_ORIGIN: 'https://app.example.com' },
  { more: [brokenPage] },
)
const registered = await app.visitor().fillInAndSubmit('/register', { ...newPerson() })
// supertest uses http, so it would not send a Secure cookie back.
const cookie = sessionPairOf(registered)

/** One request for each kind of response. */
async function everyKindOfAnswer(): Promise<[status: number, answer: Answer][]> {
  const guest = app.visitor()
  const sheet = /href="(\/assets\/[^"]+\.css)"/.exec((await guest.get('/')).text)?.[1] ?? ''
  return [
    [200, await guest.get('/login')],
    [200, await guest.get(privatePage).set('Cookie', cookie)],
    [200, await guest.get(sheet)],
    [200, await guest.get('/robots.txt')],
    [200, await guest.get('/healthz')],
    [303, await guest.get(privatePage)],
    [400, await guest.get('/login?password=x')],
    [403, await ask(app.server).post('/login')],
    [404, await guest.get('/nowhere')],
    [404, await guest.get('/assets/x/y')],
    [413, await guest.submit('/login', { email: 'x'.repeat(maxBodySize) })],
    [415, await guest.submit('/login').type('json')],
    [422, await guest.submit('/login')],
    [500, await guest.get('/broken')],
  ]
}

const kinds = await everyKindOfAnswer()

function eachAnswerHas(check: (headers: Record<string, string>, what: string) => void): void {
  for (const [expected, answer] of kinds) {
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

test('over https the session cookie is __Host-sid and Secure, even when the proxy is not trusted', async () => {
  const untrusting = await anotherApp(app, { APP_ORIGIN: 'https://app.example.com', TRUST_PROXY: '0' })
  const answer = await new Visitor(untrusting).fillInAndSubmit('/register', { ...newPerson() })
  assert.equal(answer.status, 303)
  assert.match(
    cookiesOf(answer).find((sent) => sent.startsWith('__Host-sid=')) ?? '',
    /^__Host-sid=[^;]+; Path=\/; Max-Age=\d+; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/,
  )
})

test('over https every cookie is Secure (ASVS 3.3.1)', () => {
  for (const sent of cookies()) assert.match(sent, /; Secure(;|$)/)
})

test('every cookie is SameSite=Lax (ASVS 3.3.2)', () => {
  for (const sent of cookies()) assert.match(sent, /; SameSite=Lax(;|$)/)
})

test('over https every cookie is limited to this host and valid for all of its paths (ASVS 3.3.3)', () => {
  for (const sent of cookies()) {
    assert.match(sent, /^__Host-.*; Path=\/(;|$)/)
    assert.doesNotMatch(sent, /Domain=/i)
  }
})

test("scripts can't read any cookie (ASVS 3.3.4)", () => {
  for (const sent of cookies()) assert.match(sent, /; HttpOnly(;|$)/)
})

test('every response asks the browser to stay on https for a year, including subdomains (ASVS 3.4.1)', () => {
  eachAnswerHas((headers, what) =>
    assert.equal(headers['strict-transport-security'], 'max-age=31536000; includeSubDomains', what),
  )
})

test('no other origin can read a response (ASVS 3.4.2)', async () => {
  const sendWithOrigin = (visitor: Visitor, path: string) =>
    visitor.get(path).set({ Origin: 'https://evil.example', Cookie: cookie })
  const preflight = ask(app.server)
    .options('/login')
    .set({ Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' })
  for (const { headers } of [
    await sendWithOrigin(app.visitor(), privatePage),
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

test('the content security policy allows only this site and nothing inline (ASVS 3.4.3)', () => {
  eachAnswerHas((headers, what) => {
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

test("browsers don't guess the type of a response (ASVS 3.4.4)", () => {
  eachAnswerHas((headers, what) => assert.equal(headers['x-content-type-options'], 'nosniff', what))
})

test("other sites don't learn which page a visitor came from (ASVS 3.4.5)", () => {
  eachAnswerHas((headers, what) => assert.equal(headers['referrer-policy'], 'same-origin', what))
})

test('no other site can show a page in a frame (ASVS 3.4.6)', () => {
  eachAnswerHas((headers, what) => {
    assert.match(headers['content-security-policy'] ?? '', /frame-ancestors 'none'/, what)
    assert.equal(headers['x-frame-options'], 'DENY', what)
  })
})

test("responses don't reveal what the app is built with", () => {
  eachAnswerHas((headers, what) => {
    assert.equal(headers['x-powered-by'], undefined, what)
    assert.equal(headers.server, undefined, what)
  })
})

test('pages are never cached (ASVS 14.3.2)', async () => {
  for (const [, { headers, request }] of kinds)
    if (request.method === 'GET' && /html/.test(String(headers['content-type'])))
      assert.equal(headers['cache-control'], 'no-store', request.url)
})
