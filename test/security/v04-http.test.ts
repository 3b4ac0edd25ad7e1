import assert from 'node:assert/strict'
import { test } from 'node:test'
import supertest from 'supertest'
import { limits } from '../../src/limits.ts'
import { startTestApp } from '../support/app.ts'
import { exchange, request, statusOf } from '../support/raw-http.ts'
import { locationOf, newPerson } from '../support/visitor.ts'

const app = await startTestApp({ TRUST_PROXY: '0' })
const port = Number(new URL(app.address).port)
const form = 'email=a%40example.com&password=x'

function post(headers: readonly string[], body: string): string {
  const all = ['Sec-Fetch-Site: same-origin', 'Content-Type: application/x-www-form-urlencoded', ...headers]
  return request('POST /login HTTP/1.1', all, body)
}

test('4.1.3 without a trusted proxy no header changes the address that tries are counted for', async () => {
  const { tries } = limits.signInByAddressAndAccount
  const email = newPerson().email
  const statuses = []
  for (let index = 0; index <= tries; index += 1) {
    const address = `198.51.100.${index}`
    const answer = await supertest(app.server)
      .post('/login')
      .set({
        'Sec-Fetch-Site': 'same-origin',
        'X-Forwarded-For': address,
        'X-Real-IP': address,
        Forwarded: `for=${address}`,
      })
      .type('form')
      .send({ email, password: 'x' })
    statuses.push(answer.status)
  }
  assert.deepEqual(statuses, [...Array.from({ length: tries }, () => 401), 429])
})

test('4.1.3 headers that only a proxy sends change neither links nor redirects', async () => {
  const made = {
    'X-Forwarded-Host': 'evil.example',
    'X-Forwarded-Proto': 'https',
    'X-Original-URL': '/dashboard',
    Host: 'evil.example',
  }
  const sent = await supertest(app.server).get('/account').set(made)
  assert.equal(locationOf(sent), '/login?returnTo=%2Faccount')
  const home = await supertest(app.server).get('/').set(made)
  assert.match(home.text, /<h1/)
  assert.doesNotMatch(home.text, /evil/)
})

test('4.2.1 a request whose end can be read in two ways is refused, and what is hidden in it is not run', async () => {
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

test('4.2.1 a body in chunks is a form like any other, and a broken chunk is refused', async () => {
  const chunk = `${form.length.toString(16)}\r\n${form}\r\n0\r\n\r\n`
  assert.equal(statusOf(await exchange(port, post(['Transfer-Encoding: chunked'], chunk))), 401)
  assert.equal(
    statusOf(await exchange(port, post(['Transfer-Encoding: chunked'], 'zz\r\nx\r\n0\r\n\r\n'))),
    400,
  )
})
