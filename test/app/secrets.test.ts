/** Sends secrets to every route, in every place, with full logging and every kind of failure, and checks where they turn up. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestApp } from '../support/app.ts'
import { brokenPage } from '../support/broken-page.ts'
import { sendCanaries } from '../support/canary.ts'
import { ownDatabaseUrl } from '../support/database.ts'
import { everyDocument } from '../support/documents.ts'
import { leaksIn } from '../support/leaks.ts'
import { ownLog } from '../support/own-log.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { startWholeApp } from '../support/whole-app.ts'

const url = ownDatabaseUrl()
const network = await startTcpProxy(url)
const { log, text: logged } = await ownLog()
const database = { DATABASE_URL: network.through(url) }
const app: TestApp = await startWholeApp(database, { log, more: [brokenPage] })
const { secrets, seen } = await sendCanaries({ app, network })

test('no log line holds a password or a cookie, even at the trace level (ASVS 16.2.5)', () => {
  assert.ok(logged().split('\n').length > seen.length)
  assert.deepEqual(leaksIn(logged(), secrets), [])
})

test('no page, header or URL reveals a secret, whatever goes wrong (ASVS 14.2.1)', () => {
  for (const status of [200, 303, 400, 401, 403, 404, 413, 415, 422, 429, 500, 503])
    assert.ok(
      seen.some((one) => one.status === status),
      `Nothing answered ${status}`,
    )
  const leaky = seen.filter(({ text }) => leaksIn(text, secrets).length > 0)
  assert.deepEqual(
    leaky.map(({ what, status, text }) => [what, status, leaksIn(text, secrets)]),
    [],
  )
})

test('no document of any collection holds a secret in plain text (ASVS 11.4.2)', async () => {
  const documents = await everyDocument(app)
  for (const name of ['users', 'sessions']) assert.ok(documents[name]?.length, name)
  assert.deepEqual(leaksIn(JSON.stringify(documents), secrets), [])
})
