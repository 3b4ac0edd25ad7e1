import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { ownDatabaseUrl } from '../support/database.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { cookiesOf, locationOf } from '../support/visitor.ts'

const url = ownDatabaseUrl()
const network = await startTcpProxy(url)
const app = await startTestApp({ DATABASE_URL: network.through(url) })

test('MongoDB going away between the password and the session gives one page within 3 s and signs nobody in', async () => {
  const person = await app.visitor().register()
  const visitor = app.visitor()
  app.database.client.on('commandStarted', ({ commandName }) => {
    if (commandName === 'update') network.swallow()
  })
  const askedAt = Date.now()
  const answer = await visitor.logIn(person)
  const ms = Date.now() - askedAt
  network.heal()
  assert.equal(answer.status, 503)
  assert.equal(answer.headers['retry-after'], '5')
  assert.deepEqual(cookiesOf(answer), [])
  assert.ok(ms < 3_000, `it took ${ms} ms`)
  assert.match(locationOf(await visitor.get('/dashboard')), /^\/login/)
})
