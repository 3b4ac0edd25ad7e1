import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedDatabaseUrl, startServerProcess, until } from '../support/server-process.ts'
import { newPerson, Visitor } from '../support/visitor.ts'
import { env, linkFor } from './link-for.ts'

test('16.3.1 a reset and a new email address are events that say who and from where', async () => {
  const server = await startServerProcess({ databaseUrl: sharedDatabaseUrl(), env })
  const person = newPerson()
  const address = '192.0.2.44'
  const visitor = new Visitor(server.address, address)
  await visitor.register(person)
  const email = `new-${person.email}`
  await visitor.submit('/account/email', { email, password: person.password })
  await visitor.get(await linkFor('/confirm-email', email, server))
  await visitor.submit('/confirm-email')
  await visitor.submit('/forgot-password', { email })
  await visitor.get(await linkFor('/reset-password', email, server))
  await visitor.submit('/reset-password', { 'new-password': 'eleven purple kettles' })
  await until('the log arrives', () => /password\.reset.*\n.*"status":303.*\n$/.test(server.output()))
  const lines = server.log().filter(({ event }) => event === 'email.changed' || event === 'password.reset')
  const registered = server.log().find(({ event }) => event === 'account.registered')
  assert.deepEqual(
    lines.map((line) => [line.event, line.address, line.userId]),
    [
      ['email.changed', address, registered?.userId],
      ['password.reset', address, registered?.userId],
    ],
  )
})
