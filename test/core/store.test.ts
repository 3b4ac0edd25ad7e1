import assert from 'node:assert/strict'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { SessionData } from 'express-session'
import { HardenedStore } from '../../src/sessions/store.ts'
import { startTestApp } from '../support/app.ts'
import { ownLog } from '../support/own-log.ts'

const app = await startTestApp()
const { log } = await ownLog()
const store = new HardenedStore({
  client: app.database.client,
  log,
  touchAfterMs: 0,
  expiry: (_session, lastUse) => new Date(lastUse.getTime() + 60_000),
})
const told: string[] = []
for (const event of ['get', 'create', 'update', 'set', 'touch', 'destroy'])
  store.on(event, (id) => told.push(`${event} ${id}`))
const set = promisify(store.set.bind(store)) as (id: string, session: SessionData) => Promise<void>
const get = promisify(store.get.bind(store))
const touch = promisify(store.touch.bind(store)) as typeof set
const destroy = promisify(store.destroy.bind(store)) as (id: string) => Promise<void>

/** A session with something in it, as express-session hands it over. */
function session(basket: string): SessionData {
  return { cookie: { originalMaxAge: 60_000 }, basket } as SessionData & { basket: string }
}

test('the store tells what connect-mongo tells: create, update, set, get, touch and destroy, with the ID', async () => {
  await set('a', session('pear'))
  const found = await get('a')
  assert.ok(found)
  await set('a', Object.assign(found, { basket: 'apple' }))
  await touch('a', found)
  await destroy('a')
  const all = ['create a', 'set a', 'get a', 'update a', 'set a', 'touch a', 'destroy a']
  assert.deepEqual(told.splice(0), all)
})

test('of a session that has ended meanwhile nothing is told, because nothing was written', async () => {
  await set('b', session('pear'))
  const found = await get('b')
  assert.ok(found)
  await destroy('b')
  told.splice(0)
  await set('b', Object.assign(found, { basket: 'apple' }))
  await touch('b', found)
  assert.deepEqual(told, [])
})

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

test('a session without a cookie is answered in the callback, never by throwing (express-session asks for that)', async () => {
  const bare = Object({ basket: 'kiwi' })
  await set('e', bare)
  await touch('e', bare)
  assert.equal(await get('e'), null, 'what is no session counts as none')
  const strict = new HardenedStore({
    client: app.database.client,
    log,
    touchAfterMs: 0,
    expiry: ({ cookie }, lastUse) => new Date(+lastUse + (cookie.originalMaxAge ?? 0)),
  })
  const error = await new Promise((resolve) => strict.set('f', Object({ basket: 'kiwi' }), resolve))
  assert.ok(error instanceof TypeError)
})
