import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { ownDatabaseUrl } from '../support/database.ts'

const lasting = { w: 'majority', j: true }
const url = new URL(ownDatabaseUrl())
url.search = ''
const app = await startTestApp({ DATABASE_URL: url.href })
const sent: [command: string, concern: unknown][] = []
app.database.client.on('commandStarted', ({ commandName, command }) => {
  if (/insert|update|delete/.test(commandName)) sent.push([commandName, command.writeConcern])
})
beforeEach(() => sent.splice(0))

test('a registration outlives a crash and a failover; its session need not', async () => {
  await app.visitor().register()
  assert.deepEqual(sent, [
    ['insert', lasting],
    ['update', { w: 1 }],
  ])
})

test('a session that was signed out stays so after a crash and a failover', async () => {
  const visitor = app.visitor()
  await visitor.register()
  await visitor.get('/dashboard')
  sent.splice(0)
  await visitor.submit('/logout')
  assert.deepEqual(sent, [
    ['delete', lasting],
    ['update', { w: 1 }],
  ])
})

test('so does one that was ended from another', async () => {
  const visitor = app.visitor()
  await visitor.register()
  sent.splice(0)
  await visitor.submit('/sessions/end-others')
  assert.deepEqual(sent[0], ['delete', lasting])
})
