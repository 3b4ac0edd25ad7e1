import assert from 'node:assert/strict'
import { test } from 'node:test'
import { locationOf, privatePage, startTestApp, until } from '../support/testing.ts'
import { startOwnMongo } from './support/own-mongo.ts'

// Its own MongoDB, which checks for expired documents every second instead of every minute.
const mongo = await startOwnMongo({ journal: false, ttlSeconds: 1 })
const app = await startTestApp({ DATABASE_URL: mongo.uri })

test('an expired session is refused immediately, and MongoDB removes it', async () => {
  const [expired, live] = [app.visitor(), app.visitor()]
  await expired.register()
  await app.sessions.updateMany({}, { $set: { expires: new Date(Date.now() - 1) } })
  assert.match(locationOf(await expired.get(privatePage)), /^\/login/)
  await live.register()
  await until('MongoDB removed the session', async () => (await app.sessions.countDocuments()) === 1)
  assert.equal((await live.get(privatePage)).status, 200)
})
