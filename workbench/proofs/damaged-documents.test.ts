import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mongo } from 'mongoose'
import { addressOf } from '../../test/support/registered-routes.ts'
import { newPerson, routesOf, sessionPairOf, startWholeApp } from '../support/testing.ts'

const shapes = 60
const app = await startWholeApp()
const routes = routesOf(app.server)
const [owner, neighbor] = [app.visitor(), app.visitor()]
const person = newPerson()
const cookie = sessionPairOf(await owner.submit('/register', { ...person }))
const { name } = await neighbor.register()
await neighbor.get('/dashboard')
await app.settled()
const user = await app.users.findOne({ email: person.email })
assert.ok(user)
const session = await app.sessions.findOne({ 'session.passport.user': String(user._id) })
assert.ok(session)

const odd: readonly unknown[] = [
  ...[null, '', 'x', 0, -1, Number.NaN, 1e300, true, [], ['x'], {}, { $gt: '' }, { user: 17 }],
  ...[new Date(Number.NaN), new Date(0), new mongo.ObjectId(), new mongo.BSON.Long(7), Buffer.from('x')],
  // No driver can read it.
  new mongo.BSON.BSONRegExp('('),
]
/** Sent by every form, including a sign-in and an account deletion by the owner. */
const form = { ...person, 'new-password': 'eleven purple kettles', returnTo: '/' }

for (const [what, whole, also] of [
  ['session', session, []],
  ['user', user, ['deletedAt', 'emailVerifiedAt']],
] as const) {
  const own: mongo.BSON.Document = { _id: whole._id }
  test(`${shapes} kinds of damage to a ${what}: no route fails, and no other user is affected`, async () => {
    const statuses = new Set<number>()
    for (const [path, value] of damages([...pathsOf(whole), ...also])) {
      for (const route of routes) {
        // A form may have created an account while this one's email address was damaged.
        await app.users.deleteMany({ email: person.email })
        await Promise.all([
          app.users.replaceOne({ _id: user._id }, user, { upsert: true }),
          app.sessions.replaceOne({ _id: session._id }, session, { upsert: true }),
        ])
        const change: mongo.UpdateFilter<mongo.BSON.Document> =
          value === undefined ? { $unset: { [path]: true } } : { $set: { [path]: value } }
        await app.database.client.db().collection(`${what}s`).updateOne(own, change)
        const where = `${what}, ${path}: ${mongo.BSON.EJSON.stringify({ value })}, ${route.method} ${route.path}`
        // In the same event loop turn, so that one command reads both sessions.
        const [answer, beside] = await Promise.all([
          owner.request(route.method, addressOf(route), route.method === 'POST' ? { form } : {}).set({
            Cookie: cookie,
          }),
          neighbor.get('/dashboard'),
        ]).catch((error: unknown) => assert.fail(`${where}: ${error}`))
        assert.ok(answer.status < 500, `${where}: ${answer.status}`)
        assert.ok(beside.status === 200 && beside.text.includes(name), `${where}: the neighbor`)
        statuses.add(answer.status)
      }
      await app.forgetTries()
    }
    console.log(`${what}: ${shapes} shapes, ${routes.length} routes; statuses ${[...statuses].sort()}`)
  })
}

/** Every path in the document, with kinds of damage spread evenly. */
function damages(paths: readonly string[]): (readonly [path: string, value: unknown])[] {
  const values = [undefined, ...odd]
  return Array.from({ length: shapes }, (_, index) => {
    const path = paths[index % paths.length] ?? ''
    return [path, values[(index * 7) % values.length]]
  })
}

function pathsOf(document: object, above = ''): string[] {
  return Object.entries(document).flatMap(([key, value]) => {
    if (key === '_id' || key === '__v') return []
    const path = above + key
    const isNested = Object.getPrototypeOf(Object(value)) === Object.prototype
    return isNested ? [path, ...pathsOf(value, `${path}.`)] : [path]
  })
}
