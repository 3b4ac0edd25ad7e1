import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { privatePage, signInFirst } from '../support/home.ts'
import { ask } from '../support/http.ts'
import { newMember } from '../support/member.ts'
import { exchange, request, statusOf } from '../support/raw-http.ts'
import { cookiesOf, locationOf, newPerson } from '../support/visitor.ts'

const here = 'http://app.example.com'
const app = await startTestApp({ APP_ORIGIN: here, TRUST_PROXY: '0' })
const port = Number(new URL(app.address).port)
const form = 'email=a%40example.com&password=x'

function post(headers: readonly string[], body: string): string {
  const all = ['Sec-Fetch-Site: same-origin', 'Content-Type: application/x-www-form-urlencoded', ...headers]
  return request('POST /login HTTP/1.1', all, body)
}

test('proxy headers change neither links nor redirects (ASVS 4.1.3)', async () => {
  const made = {
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Proto': 'https',
    'X-Original-URL': privatePage,
    Host: 'evil.example',
  }
  const sent = await ask(app.server).get(privatePage).set(made)
  assert.equal(locationOf(sent), signInFirst)
  const home = await ask(app.server).get('/').set(made)
  assert.match(home.text, /<h1/)
  assert.doesNotMatch(home.text, /evil/)
})

test('a request line without a path gets 400 (ASVS 4.2.1)', async () => {
  for (const line of ['OPTIONS * HTTP/1.1', 'GET * HTTP/1.1', 'GET login HTTP/1.1', 'POST * HTTP/1.1'])
    assert.equal(statusOf(await exchange(port, request(line, []))), 400, line)
  assert.equal(statusOf(await exchange(port, request(`GET ${here}/login HTTP/1.1`, []))), 200)
})

test('a request with ambiguous length is refused, and a request smuggled in it is not run (ASVS 4.2.1)', async () => {
  await exchange(port, post([`Content-Length: ${form.length}`], form)).then((answer) =>
    assert.equal(statusOf(answer), 401, 'the same request with one length is understood'),
  )
  const hidden = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n'
  for (const [what, text] of [
    [
      'Content-Length and Transfer-Encoding',
      post(['Content-Length: 4', 'Transfer-Encoding: chunked'], `0\r\n\r\n${hidden}`),
    ],
    [
      'Transfer-Encoding and Content-Length',
      post(['Transfer-Encoding: chunked', 'Content-Length: 4'], `0\r\n\r\n${hidden}`),
    ],
    ['two lengths', post([`Content-Length: ${form.length}`, 'Content-Length: 3'], form)],
    ['two equal lengths', post([`Content-Length: ${form.length}`, `Content-Length: ${form.length}`], form)],
    ['a list of lengths', post([`Content-Length: ${form.length}, 3`], form)],
    ['a length with a sign', post([`Content-Length: +${form.length}`], form)],
    ['an unknown coding', post(['Transfer-Encoding: chunked, identity'], `0\r\n\r\n${hidden}`)],
    ['a coding with a trick', post(['Transfer-Encoding: xchunked'], `0\r\n\r\n${hidden}`)],
    ['a blank before the colon', post([`Content-Length : ${form.length}`], form)],
    ['a folded header', post(['X-A: b', ' Transfer-Encoding: chunked'], `0\r\n\r\n${hidden}`)],
    ['a bare line feed', 'GET / HTTP/1.1\nHost: localhost\n\n'],
    ['a zero byte', request('GET / HTTP/1.1', ['X-A: a\0b'])],
    ['no host', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ] as const) {
    const answer = await exchange(port, text)
    assert.equal(statusOf(answer), 400, `${what}: ${answer.slice(0, 60)}`)
    assert.doesNotMatch(answer, /\r\n\r\nok/, what)
  }
})

test('a chunked body is accepted like any other, and a broken chunk is refused (ASVS 4.2.1)', async () => {
  const chunk = `${form.length.toString(16)}\r\n${form}\r\n0\r\n\r\n`
  assert.equal(statusOf(await exchange(port, post(['Transfer-Encoding: chunked'], chunk))), 401)
  assert.equal(
    statusOf(await exchange(port, post(['Transfer-Encoding: chunked'], 'zz\r\nx\r\n0\r\n\r\n'))),
    400,
  )
})

test('a malformed path gets the 404 page (ASVS 1.1.1)', async () => {
  for (const path of [
    '/%00',
    '/%',
    '/%E0%A4%A',
    '/%c0%ae%c0%ae/.env',
    '/..%2f.env',
    '/../../.env',
    '/assets/..%2f..%2f.env',
  ]) {
    const status = statusOf(await exchange(port, request(`GET ${path} HTTP/1.1`)))
    assert.ok([400, 403, 404].includes(status), `${path}: ${status}`)
  }
})

test('no file of the repository is served (ASVS 13.4.1)', async () => {
  for (const path of [
    '/.git/config',
    '/.git/HEAD',
    '/.env',
    '/.env.example',
    '/package.json',
    '/package-lock.json',
    '/src/app.ts',
    '/dist/server.js',
    '/node_modules/express/package.json',
    '/views/auth/login.ejs',
    '/assets/../package.json',
    '/assets/x/..%2f..%2fpackage.json',
    '/%2e%2e/package.json',
    '/resources/common-passwords.txt',
    '/.well-known/../.env',
  ]) {
    const status = statusOf(await exchange(port, request(`GET ${path} HTTP/1.1`)))
    assert.ok(status === 403 || status === 404, `${path}: ${status}`)
  }
})

test('no folder is listed (ASVS 13.4.3)', async () => {
  for (const path of [
    '/assets',
    '/assets/',
    '/assets/x',
    '/assets/x/',
    '/public/',
    '/views/',
    '/.well-known/',
    '/node_modules/',
  ])
    assert.equal((await app.visitor().get(path)).status, 404, path)
})

test('TRACE and methods without a route are refused (ASVS 13.4.4)', async () => {
  for (const method of ['TRACE', 'TRACK', 'DEBUG', 'CONNECT', 'PROPFIND', 'PUT', 'DELETE', 'PATCH']) {
    const answer = await exchange(
      port,
      request(`${method} / HTTP/1.1`, ['X-Echo: echoed-by-trace', 'Origin: http://localhost:3000']),
    )
    // Node closes the connection on CONNECT without an answer.
    if (method === 'CONNECT') assert.equal(answer, '')
    else assert.match(String(statusOf(answer)), /^4\d\d$/, method)
    assert.doesNotMatch(answer, /echoed-by-trace/)
  }
})

test('a folder is neither served nor redirected', async () => {
  for (const path of ['/assets/x', '//elsewhere.example/%2e%2e'])
    assert.equal((await ask(app.server).get(path)).status, 404, path)
})

const elsewhere: readonly Record<string, string>[] = [
  { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' },
  { 'Sec-Fetch-Site': 'cross-site', Origin: here },
  // Another subdomain.
  { 'Sec-Fetch-Site': 'same-site', Origin: here },
  // The address bar.
  { 'Sec-Fetch-Site': 'none' },
  { 'Sec-Fetch-Site': 'same-origin, cross-site' },
  // Browsers that send no Sec-Fetch-Site.
  { Origin: 'https://evil.example' },
  { Origin: `${here}.evil.example` },
  { Origin: `${here}:8080` },
  { Origin: 'https://app.example.com' },
  // A sandboxed frame.
  { Origin: 'null' },
  { Referer: `${here}/login` },
  {},
]

test('no form from another site can register, sign in or sign out anyone (ASVS 3.5.1)', async () => {
  const { person, cookie } = await newMember(app)
  const newcomer = await app.visitor().filledIn('/register', { ...newPerson() })
  const state = async () => [await app.users.find().toArray(), await app.sessions.find().toArray()]
  const before = await state()
  for (const [path, cookies, fields] of [
    ['/register', '', newcomer],
    ['/login', '', { email: person.email, password: person.password }],
    ['/logout', cookie, {}],
    ['/nowhere', cookie, {}],
  ] as const) {
    for (const headers of elsewhere) {
      const answer = await ask(app.server)
        .post(path)
        .set({ ...headers, Cookie: cookies })
        .type('form')
        .send(fields)
      assert.equal(answer.status, 403, `${path} ${JSON.stringify(headers)}`)
      assert.match(answer.text, /came from another site/)
      assert.deepEqual(cookiesOf(answer), [])
    }
  }
  assert.deepEqual(await state(), before)
})

test('a form from this site is accepted, including from browsers without Sec-Fetch-Site (ASVS 3.5.1)', async () => {
  const { email, password } = await app.visitor().register()
  for (const headers of [{ 'Sec-Fetch-Site': 'same-origin' }, { Origin: here }]) {
    const answer = ask(app.server).post('/login').set(headers).type('form').send({ email, password })
    assert.equal((await answer).status, 303)
  }
})
