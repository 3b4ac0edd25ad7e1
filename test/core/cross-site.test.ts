import assert from 'node:assert/strict'
import { test } from 'node:test'
import supertest from 'supertest'
import { startTestApp } from '../support/app.ts'
import { newMember } from '../support/member.ts'
import { cookiesOf, newPerson } from '../support/visitor.ts'

const here = 'http://app.example.com'
const app = await startTestApp({ APP_ORIGIN: here })

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

test('no form from another site registers, signs in or signs out anybody (ASVS 3.5.1)', async () => {
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
      const answer = await supertest(app.server)
        .post(path)
        .set({ ...headers, Cookie: cookies })
        .type('form')
        .send(fields)
      assert.equal(answer.status, 403, `${path} ${JSON.stringify(headers)}`)
      assert.match(answer.text, /sent from another site/)
      assert.deepEqual(cookiesOf(answer), [])
    }
  }
  assert.deepEqual(await state(), before)
})

test('a form from this site is taken, from browsers that send no Sec-Fetch-Site too (ASVS 3.5.1)', async () => {
  const { email, password } = await app.visitor().register()
  for (const headers of [{ 'Sec-Fetch-Site': 'same-origin' }, { Origin: here }]) {
    const answer = supertest(app.server).post('/login').set(headers).type('form').send({ email, password })
    assert.equal((await answer).status, 303)
  }
})
