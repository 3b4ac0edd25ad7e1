import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { passwordAgainByUser } from '../../src/features/account/routes.ts'
import { anotherApp, startTestApp } from '../support/app.ts'
import { privatePage } from '../support/home.ts'
import { newMember, privatePageWith } from '../support/member.ts'
import { ownLog } from '../support/own-log.ts'
import { locationOf } from '../support/visitor.ts'

const { log, lines } = await ownLog()
const app = await startTestApp({}, { log })
/** Counts one try against one limit. */
const limit = 'findAndModify'
const next = 'eleven purple kettles'
beforeEach(app.forgetTries)

test('a new password: what was noted, changed and removed', async () => {
  const visitor = app.visitor()
  const { password } = await visitor.register()
  await visitor.get(privatePage)
  app.database.takeCommands()
  await visitor.submit('/account/password', { password, 'new-password': 'eleven purple kettles' })
  assert.deepEqual(app.database.takeCommands(), [
    ...['aggregate', limit, 'find', 'update', 'findAndModify', 'find'],
    'delete',
    ...['delete', 'delete', 'delete', 'update'],
  ])
})

test('deleting an account: the same, and the message for the next page', async () => {
  const visitor = app.visitor()
  const { password } = await visitor.register()
  await visitor.get(privatePage)
  app.database.takeCommands()
  await visitor.submit('/account/delete', { password })
  assert.deepEqual(app.database.takeCommands(), [
    ...['aggregate', limit, 'find', 'update', 'delete', 'find'],
    'delete',
    ...['delete', 'delete', 'delete', 'update'],
  ])
})

test('a password that is asked for again cannot be guessed at by whoever holds the session (ASVS 2.4.1)', async () => {
  const visitor = app.visitor()
  const { password } = await visitor.register()
  for (let tries = 0; tries < passwordAgainByUser.attempts; tries += 1)
    assert.equal((await visitor.submit('/account/delete', { password: 'not the password' })).status, 401)
  for (const [path, fields] of [
    ['/account/delete', { password }],
    ['/account/password', { password, 'new-password': 'eleven purple kettles' }],
  ] as const) {
    const refused = await visitor.submit(path, fields)
    assert.equal(refused.status, 429)
    assert.ok(Number(refused.headers['retry-after']) > 0)
  }
  assert.equal((await visitor.get(privatePage)).status, 200, 'nothing was done')
})

test('a form acts on whoever is signed in, whatever user it names (ASVS 8.2.2)', async () => {
  const [ada, grace] = [app.visitor(), app.visitor()]
  await ada.register()
  const graces = await grace.register()
  const before = await app.users.findOne({ email: graces.email })
  const id = String(before?._id)
  const named = { id, _id: id, user: id, userId: id, 'session-user': id, email: graces.email }
  await ada.submit('/account/name', { ...named, name: 'Mallory' })
  await ada.submit('/account/password', {
    ...named,
    password: graces.password,
    'new-password': 'eleven purple kettles',
  })
  assert.deepEqual(await app.users.findOne({ email: graces.email }), before)
})

test('each field that is missing, too short, too long or of the wrong kind gets an error of its own (ASVS 2.2.1)', async () => {
  const { visitor, person } = await newMember(app)
  const before = await app.users.findOne({ email: person.email })
  const long = 'x y'.repeat(86)
  const wrong: Record<string, readonly string[]> = {
    name: ['', '   ', 'x'.repeat(81), 'a\u202eb', 'a\u0000b'],
    password: ['', long],
    'new-password': ['', 'elevenchars', long],
  }
  const good: Record<string, string> = { name: 'Ada', password: person.password, 'new-password': next }
  for (const [path, names] of [
    ['/account/name', ['name']],
    ['/account/password', ['password', 'new-password']],
    ['/account/delete', ['password']],
  ] as const)
    for (const field of names)
      for (const value of [undefined, ...(wrong[field] ?? [])]) {
        const others = names.filter((name) => name !== field).map((name) => [name, good[name] ?? ''])
        const sent = { ...Object.fromEntries(others), ...(value !== undefined && { [field]: value }) }
        const answer = await visitor.submit(path, sent)
        assert.equal(answer.status, 422, `${path} ${field} ${value}`)
        const errors = [...answer.text.matchAll(/id="([\w-]+)-error"/g)].map(([, name]) => name)
        assert.deepEqual(errors, [field], `${path} ${field} ${value}`)
      }
  assert.deepEqual(await app.users.findOne({ email: person.email }), before)
})

test('fields that a form does not have change nothing (ASVS 8.2.3)', async () => {
  const { visitor, person } = await newMember(app)
  const before = await app.users.findOne({ email: person.email })
  const extra = { role: 'admin', _id: '65f0c0ffee0000000000cafe', epoch: '9', passwordHash: 'x', __v: '7' }
  assert.equal((await visitor.submit('/account/name', { ...extra, name: 'Ada' })).status, 303)
  const after = await app.users.findOne({ email: person.email })
  assert.deepEqual({ ...after, updatedAt: 0 }, { ...before, name: 'Ada', updatedAt: 0 })
})

test('no field turns one method into another (ASVS 3.5.3)', async () => {
  const { visitor } = await newMember(app)
  const renamed = visitor
    .submit('/account/name', { name: 'Ada', _method: 'DELETE' })
    .set('X-Method-Override', 'GET')
  assert.equal(locationOf(await renamed), '/account')
})

test('a new password, and the end of an account, end the sessions in another process (ASVS 7.4.2, 7.4.3)', async () => {
  const server = await anotherApp(app)
  for (const [path, more] of [
    ['/account/password', { 'new-password': next }],
    ['/account/delete', {}],
  ] as const) {
    const { visitor, person, cookie } = await newMember(app)
    assert.equal((await privatePageWith(cookie, { server })).status, 200)
    assert.equal((await visitor.submit(path, { ...more, password: person.password })).status, 303)
    assert.match(locationOf(await privatePageWith(cookie, { server })), /^\/login/)
  }
})

test('a new password, the end of an account and a wrong password that was asked for again are events (ASVS 16.3.1)', async () => {
  const { visitor, person } = await newMember(app)
  const userId = String((await app.users.findOne({ email: person.email }))?._id)
  const before = lines().length
  const submit = (path: string, fields: Record<string, string>) => visitor.submit(path, fields)
  await submit('/account/delete', { password: 'not the password' })
  await submit('/account/password', { password: person.password, 'new-password': next })
  await submit('/account/delete', { password: next })
  const events = lines()
    .slice(before)
    .filter(({ event }) => event !== undefined)
  assert.deepEqual(
    events.map(({ event, userId: who }) => [event, who]),
    ['password-again.refused', 'password.changed', 'account.deleted'].map((event) => [event, userId]),
  )
})

test('every field tells the browser what belongs into it', async () => {
  const { visitor } = await newMember(app)
  for (const [path, expected] of [
    ['/account/name', ['name']],
    ['/account/password', ['username', 'current-password', 'new-password']],
    ['/account/delete', ['username', 'current-password']],
  ] as const) {
    const { text } = await visitor.get(path)
    const found = [...text.matchAll(/autocomplete="([^"]+)"/g)].map(([, value]) => value)
    assert.deepEqual(found, expected, path)
  }
})
