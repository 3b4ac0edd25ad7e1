import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { ownDatabaseUrl } from '../support/database.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { cookiesOf, locationOf, newPerson } from '../support/visitor.ts'

const url = ownDatabaseUrl()
const network = await startTcpProxy(url)
const app = await startTestApp({ DATABASE_URL: network.through(url) })

test('2.3.3 a fault between the new account and its session leaves a whole account and nobody signed in', async () => {
  const visitor = app.visitor()
  const person = newPerson()
  const cut = ({ commandName }: { commandName: string }) => {
    // The session's write; the account's is an insert.
    if (commandName === 'update') network.swallow()
  }
  app.database.client.on('commandStarted', cut)
  const answer = await visitor.submit('/register', { ...person })
  app.database.client.off('commandStarted', cut)
  network.heal()
  assert.equal(answer.status, 503)
  assert.deepEqual(cookiesOf(answer), [])
  assert.match(locationOf(await visitor.get('/dashboard')), /^\/login/)
  assert.equal((await visitor.logIn(person)).status, 303, 'the account is whole: its password opens it')
})
