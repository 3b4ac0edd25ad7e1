import assert from 'node:assert/strict'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { SessionData } from 'express-session'
import { storageId } from '../../src/sessions/session.ts'
import { HardenedStore } from '../../src/sessions/store.ts'
import { startTestApp } from '../support/app.ts'
import { ownLog } from '../support/own-log.ts'

const app = await startTestApp()
const { log } = await ownLog()
const { client } = app.database
const store = new HardenedStore({
  client,
  log,
  usersCollection: 'users',
  limits: { sessionIdleMs: 60_000, sessionAbsoluteMs: 60_000 },
})
const set = promisify(store.set.bind(store)) as (id: string, session: SessionData) => Promise<void>
const get = promisify(store.get.bind(store))

/** A session with content, as express-session passes it. */
function session(basket: string): SessionData {
  return { cookie: { originalMaxAge: 60_000 }, basket } as SessionData & { basket: string }
}

test('the store lists, counts and clears what it holds', async () => {
  await set('c', session('plum'))
  await set('d', session('fig'))
  const all = await promisify(store.all.bind(store))()
  const baskets = Object.values(Object(all)).map((one) => Object(one).basket)
  assert.deepEqual(baskets.sort(), ['fig', 'plum'])
  assert.equal(await promisify(store.length.bind(store))(), 2)
  await promisify(store.clear.bind(store))()
  assert.equal(await app.sessions.countDocuments(), 0)
})

test('a session without a cookie is reported to the callback, never thrown, as express-session requires', async () => {
  const error = await new Promise((resolve) => store.set('e', Object({ basket: 'kiwi' }), resolve))
  assert.ok(error instanceof TypeError)
  const bare = { _id: storageId('f'), expires: new Date(Date.now() + 60_000), lastModified: new Date() }
  await app.sessions.insertOne(Object({ ...bare, session: { basket: 'kiwi' } }))
  assert.equal(await get('f'), null, 'what is no session counts as none')
})
