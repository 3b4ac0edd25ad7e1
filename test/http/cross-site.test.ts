import assert from 'node:assert/strict'
import { test } from 'node:test'
import supertest from 'supertest'
import { startTestApp } from '../support/app.ts'
import { newPerson } from '../support/visitor.ts'

const app = await startTestApp({ APP_ORIGIN: 'http://app.example.com' })
const here = 'http://app.example.com'

async function registerWith(headers: Record<string, string>): Promise<number> {
  const answer = await supertest(app.server)
    .post('/register')
    .set(headers)
    .type('form')
    .send({ ...newPerson() })
  return answer.status
}

for (const [sender, headers] of [
  ['another site', { 'Sec-Fetch-Site': 'cross-site', Origin: here }],
  ['another subdomain', { 'Sec-Fetch-Site': 'same-site', Origin: here }],
  ['the address bar', { 'Sec-Fetch-Site': 'none' }],
  ['an old browser on another site', { Origin: 'https://evil.example' }],
  ['an old browser on a look-alike', { Origin: `${here}.evil.example` }],
  ['an old browser on the same host over https', { Origin: 'https://app.example.com' }],
  ['a sandboxed frame', { Origin: 'null' }],
  ['a client that says nothing', {}],
] as const) {
  test(`a form from ${sender} is refused, and nothing is done`, async () => {
    const users = await app.users.countDocuments()
    assert.equal(await registerWith({ ...headers }), 403)
    assert.equal(await app.users.countDocuments(), users)
  })
}

test('a form from this site is taken, from old browsers too', async () => {
  assert.equal(await registerWith({ 'Sec-Fetch-Site': 'same-origin' }), 303)
  assert.equal(await registerWith({ Origin: here }), 303)
})

for (const path of ['/login', '/logout', '/nowhere']) {
  test(`${path} refuses a form from another site`, async () => {
    const answer = await supertest(app.server)
      .post(path)
      .set('Sec-Fetch-Site', 'cross-site')
      .type('form')
      .send({})
    assert.equal(answer.status, 403)
    assert.match(answer.text, /sent from another site/)
  })
}
