import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { newPerson, sessionCookieOf } from '../support/visitor.ts'

const app = await startTestApp({ APP_ORIGIN: 'https://app.example.com' })

test('on https the cookie is __Host-sid and Secure, even when the proxy is not trusted', async () => {
  const answer = await app.visitor().submit('/register', { ...newPerson() })
  assert.equal(answer.status, 303)
  assert.match(
    sessionCookieOf(answer),
    /^__Host-sid=[^;]+; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/,
  )
})

test('on https every answer asks the browser to stay on https for a year', async () => {
  for (const path of ['/', '/nowhere', '/dashboard', '/robots.txt', '/healthz']) {
    const { headers } = await app.visitor().get(path)
    assert.equal(headers['strict-transport-security'], 'max-age=31536000; includeSubDomains', path)
  }
})
