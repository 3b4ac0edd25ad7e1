import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newPerson } from '../support/testing.ts'
import { testBehind } from './support/behind-proxy.ts'
import { ask, cookiesOf } from './support/client.ts'
import { startNginx } from './support/proxies.ts'

const nginx = await testBehind('nginx', startNginx)

test('nginx also serves IPv6 visitors, and the session stores their address', async (t) => {
  if (!nginx?.ipv6) return t.skip(nginx ? 'this machine has no IPv6' : 'no nginx here')
  const { http, https } = nginx.ipv6
  const headers = { Host: 'localhost' }
  const redirect = await ask(`${http}/login`, { headers })
  assert.equal(redirect.status, 301)
  assert.equal(redirect.headers.location, 'https://localhost/login')
  const answer = await ask(`${https}/register`, { form: { ...newPerson() }, headers })
  const page = await ask(`${https}/sessions`, { headers: { ...headers, Cookie: cookiesOf(answer) } })
  assert.match(page.text, /IP address[\s\S]{1,60}::1/)
})
