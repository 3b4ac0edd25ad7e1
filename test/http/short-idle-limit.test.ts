import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'

// A quarter of an hour, as some rules of compliance have it.
const app = await startTestApp({ SESSION_IDLE_DAYS: String(15 / 60 / 24) })

test('with a short idle limit, use still keeps a session alive', async () => {
  const visitor = app.visitor()
  await visitor.register()
  await visitor.get('/dashboard')
  const twoMinutesAgo = new Date(Date.now() - 2 * 60_000)
  const before = new Date(Date.now() + 13 * 60_000)
  await app.sessions.updateOne({}, { $set: { lastModified: twoMinutesAgo, expires: before } })
  await visitor.get('/dashboard')
  assert.ok(Number((await app.sessions.findOne({}))?.expires) > Number(before))
})
