/** If a write is lost on the way to MongoDB, repeating the action finishes it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Feature } from '../../src/feature.ts'
import { admin } from '../../src/features/admin/index.ts'
import { startTestApp } from '../support/app.ts'
import { ownDatabaseUrl } from '../support/database.ts'
import { startMongoRelay } from '../support/mongo-relay.ts'
import { newAdmin, newMemberWithId, type Somebody } from './support.ts'

/** A command and its collection in BSON. Each connection that sends one is cut. */
let lost: string | undefined
const url = ownDatabaseUrl()
const relay = await startMongoRelay(url, (client, upstream) => {
  client.on('data', (bytes) => (lost && bytes.includes(lost) ? client.destroy() : upstream.write(bytes)))
  upstream.pipe(client)
})
const told: string[] = []
const listener: Feature = {
  name: 'listener',
  install({ on }) {
    on('disabled', ({ user }) => void told.push(user.email))
    on('enabled', ({ user }) => void told.push(user.email))
  },
}
const app = await startTestApp({ DATABASE_URL: relay.through(url) }, { features: [admin, listener] })
const boss = await newAdmin(app)

/** Runs the work while each such command is lost. */
async function losing<T>(name: string, collection: string, work: () => PromiseLike<T>): Promise<T> {
  lost = `${name}\0${String.fromCharCode(collection.length + 1)}\0\0\0${collection}\0`
  try {
    return await work()
  } finally {
    lost = undefined
  }
}

async function disabled(person: Somebody): Promise<Somebody> {
  await boss.visitor.submit(`${person.page}/disable`)
  return person
}

const acts: readonly [what: string, act: string, who: () => Promise<Somebody>, done: RegExp][] = [
  ['disable an admin', 'disable', () => newAdmin(app), /has been disabled/],
  ['enable a member', 'enable', async () => disabled(await newMemberWithId(app)), /can sign in again/],
  ['enable an admin', 'enable', async () => disabled(await newAdmin(app)), /can sign in again/],
  ['promote a member', 'make-admin', () => newMemberWithId(app), /is now an admin/],
  ['demote an admin', 'make-member', () => newAdmin(app), /is no longer an admin/],
]

for (const [what, act, who, done] of acts)
  for (const [name, collection] of [
    ['update', 'admins'],
    ['findAndModify', 'users'],
  ] as const)
    test(`${what}: retried after the write to ${collection} was lost`, async () => {
      const person = await who()
      told.length = 0
      const { status } = await losing(name, collection, () => boss.visitor.submit(`${person.page}/${act}`))
      assert.deepEqual([status, told], [503, []])
      await boss.visitor.submit(`${person.page}/${act}`)
      assert.match((await boss.visitor.get(person.page)).text, done)
      assert.deepEqual(told, act.endsWith('able') ? [person.person.email] : [])
      await assertWhole(person)
    })

test('a disabled user is signed out and other features are notified, even if the sessions could not be deleted', async () => {
  const person = await newMemberWithId(app)
  told.length = 0
  const { status } = await losing('delete', 'sessions', () => boss.visitor.submit(`${person.page}/disable`))
  assert.deepEqual([status, told], [303, [person.person.email]])
  assert.ok(!(await person.visitor.isSignedIn()))
})

/** The users with the role are exactly those in the list of admins. */
async function assertWhole({ id, person }: Somebody): Promise<void> {
  const user = await app.users.findOne({ email: person.email })
  const [admins] = await app.database.client.db().collection('admins').find().toArray()
  assert.equal(admins?.ids.includes(id), user?.role === 'admin' && !user.disabledAt)
}
