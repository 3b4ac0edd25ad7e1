import assert from 'node:assert/strict'
import { mongo } from 'mongoose'
import { Token } from '../support/app.ts'
import {
  formsOn,
  newPerson,
  routesOf,
  sessionPairOf,
  startSmtp,
  startWholeApp,
  type TestApp,
} from '../support/testing.ts'
import type { Case } from './request.ts'

export interface World {
  readonly app: TestApp
  /** The values of a case's ~words~. */
  readonly words: ReadonlyMap<string, string>
  /** The field names of all forms. */
  readonly fields: readonly string[]
  /** Fails if the case changed stored data that it may not change, then restores the data. */
  inspect(one: Case, status: number): Promise<void>
}

/** Two users: a member, who sends the requests, and a bystander, whose secrets no request contains. */
export async function createWorld(): Promise<World> {
  const smtp = await startSmtp()
  // As in production.
  const app = await startWholeApp({
    NODE_ENV: 'production',
    MAIL: 'on',
    SMTP_URL: smtp.url,
    MAIL_FROM: 'hello@example.com',
  })
  const member = { ...newPerson(), password: 'eleven-yellow-lanterns' }
  const browser = app.visitor()
  const session = sessionPairOf(await browser.submit('/register', member))
  const bystander = await app.visitor().register()
  const userIds = new Map<string, string>()
  for (const { _id, email } of await app.users.find().toArray()) userIds.set(email, String(_id))
  const [memberId = '', bystanderId = ''] = [member, bystander].map(({ email }) => userIds.get(email))

  const words = new Map([
    ['email', member.email],
    ['password', member.password],
    ['foreignEmail', bystander.email],
    ['session', await sessionIdOf(memberId)],
    ['foreignSession', await sessionIdOf(bystanderId)],
    ['cookie of member', session],
  ])
  for (const [word, purpose] of [
    ['resetToken', 'reset-password'],
    ['confirmToken', 'confirm-email'],
  ] as const) {
    const { email } = member
    words.set(word, await Token.issue({ purpose, userId: memberId, email, sentTo: email, epoch: 0 }))
  }
  words.set('cookie of reader', `link=${words.get('resetToken')}`)
  // Valid for longer than a long run.
  await Token.updateMany({}, { expires: new Date('2100-01-01') })

  const fields = new Set<string>()
  for (const { method, path } of routesOf(app.server)) {
    if (method !== 'GET' || path.includes(':')) continue
    for (const visitor of [app.visitor(), browser])
      for (const form of formsOn((await visitor.get(path)).text ?? '', path))
        for (const { name } of form.fields) fields.add(name)
  }

  const before = await stored()
  return { app, words, fields: [...fields], inspect }

  async function inspect(one: Case, status: number): Promise<void> {
    const now = await stored()
    // First, so that a simplified request starts from the same state as the one that failed.
    await putBack(now)
    judge(one, status, now)
  }

  function judge(one: Case, status: number, now: Stored): void {
    const registered = one.method === 'POST' && one.path === '/register' && status === 303
    // Within ten minutes of signing in, a password change needs no other proof, and creates a new session.
    const renewed = /^\/account\/password\b/i.test(one.path) && status === 303
    const knewSecret = [
      one.body.includes('~password~'),
      one.who === 'reader' || JSON.stringify(one).includes('Token~'),
    ].some(Boolean)
    const newUsers: string[] = []
    for (const [key, bytes] of changesOf(before, now)) {
      const { collection, userId, fields } = describe(key, now.get(key) ?? bytes)
      if (collection === 'tokens' || (collection === 'sessions' && userId === '')) continue
      assert.notEqual(userId, bystanderId, `${key} of another user was changed`)
      if (userId === memberId) {
        const signedIn = collection === 'sessions' && !before.has(key)
        assert.ok(
          knewSecret || (one.who === 'member' && (!signedIn || renewed)),
          `${key} was changed by a guest`,
        )
      } else {
        assert.ok(registered, `${key}: a new user without a registration`)
        if (collection === 'users') newUsers.push(String(fields.email))
      }
    }
    assert.ok(newUsers.length <= 1, `One registration created ${newUsers.join(' and ')}`)
  }

  async function putBack(now: Stored): Promise<void> {
    for (const [key] of changesOf(before, now)) {
      const original = before.get(key)
      const { collection, fields } = describe(key, original ?? now.get(key) ?? new Uint8Array())
      const documents = app.database.client.db().collection(collection)
      const { _id } = fields
      await documents.deleteOne({ _id })
      if (original) await documents.insertOne(fields)
    }
  }

  async function sessionIdOf(userId: string): Promise<string> {
    return (await app.sessions.findOne({ 'session.passport.user': userId }))?._id ?? ''
  }

  async function stored(): Promise<Stored> {
    const all: Stored = new Map()
    for (const name of ['users', 'sessions', 'tokens']) {
      const documents = app.database.client.db().collection(name).find({}, { raw: true })
      // With `raw`, a document is the bytes from MongoDB.
      for (const document of await documents.toArray()) {
        const bytes = document as unknown as Uint8Array
        all.set(`${name} ${mongo.BSON.deserialize(bytes)._id}`, bytes)
      }
    }
    return all
  }
}

type Stored = Map<string, Uint8Array>

/** Added, removed and changed documents. */
function changesOf(before: Stored, now: Stored): Stored {
  const keys = new Set([...before.keys(), ...now.keys()])
  const changed = [...keys].filter((key) => !same(before.get(key), now.get(key)))
  return new Map(changed.map((key) => [key, before.get(key) ?? now.get(key) ?? new Uint8Array()]))
}

function same(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  return one !== undefined && other !== undefined && Buffer.compare(one, other) === 0
}

function describe(key: string, bytes: Uint8Array) {
  const [collection = ''] = key.split(' ', 1)
  const fields = mongo.BSON.deserialize(bytes)
  const userId = String(collection === 'users' ? fields._id : (fields.session?.passport?.user ?? ''))
  return { collection, userId, fields }
}
