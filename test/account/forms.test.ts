import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { passwordAgainBySession } from '../../src/auth/confirm.ts'
import { account } from '../../src/features/account/index.ts'
import { anotherApp, startTestApp } from '../support/app.ts'
import { privatePage } from '../support/home.ts'
import { forgetConfirmation, newMember, privatePageWith } from '../support/member.ts'
import { ownLog } from '../support/own-log.ts'
import { locationOf } from '../support/visitor.ts'

const { log, lines } = await ownLog()
const app = await startTestApp({}, { log, features: [account] })
const next = 'eleven purple kettles'
beforeEach(app.forgetTries)

test('changing the password takes one write of the user and one deletion of old sessions', async () => {
  const visitor = app.visitor()
  await visitor.register()
  await visitor.get(privatePage)
  app.database.takeCommands()
  await visitor.submit('/account/password', { 'new-password': next })
  assert.deepEqual(app.database.takeCommands(), [
    'aggregate',
    ...['findAndModify', 'delete'],
    // This browser's session, under a new ID.
    ...['delete', 'aggregate'],
  ])
})

test('confirming with the password takes one limit, one read of the hash and one write of the session', async () => {
  const visitor = app.visitor()
  const { password } = await visitor.register()
  await visitor.get(privatePage)
  app.database.takeCommands()
  await visitor.submit('/confirm', { password })
  const commands = app.database.takeCommands()
  assert.deepEqual(commands.sort(), ['aggregate', 'find', 'findAndModify', 'update', 'update'])
})

test('deleting an account marks the user, then deletes their data, then the user', async () => {
  const visitor = app.visitor()
  await visitor.register()
  await visitor.get(privatePage)
  app.database.takeCommands()
  await visitor.submit('/account/delete', { delete: 'account' })
  assert.deepEqual(app.database.takeCommands(), [
    'aggregate',
    ...['update', 'find', 'delete', 'delete'],
    // This browser's session, and the message for the next page.
    ...['delete', 'update'],
  ])
})

test("someone with a stolen session can't guess the password (ASVS 2.4.1)", async () => {
  const visitor = app.visitor()
  const person = await visitor.register()
  const guesses = Array.from({ length: passwordAgainBySession.attempts }, () =>
    visitor.submit('/confirm', { password: 'not the password' }),
  )
  for (const { status } of await Promise.all(guesses)) assert.equal(status, 401)
  const refused = await visitor.submit('/confirm', { password: person.password })
  assert.equal(refused.status, 429)
  assert.ok(Number(refused.headers['retry-after']) > 0)
  await forgetConfirmation(app, person)
  for (const path of ['/account/delete', '/account/password'])
    assert.equal((await visitor.submit(path, { 'new-password': next })).status, 401)
  assert.equal((await visitor.get(privatePage)).status, 200, 'nothing has changed')
})

test("a stolen session can only use up its own attempts: the owner's session can still change the password (ASVS 2.4.1)", async () => {
  const [thief, owner] = [app.visitor(), app.visitor()]
  const person = await thief.register()
  await owner.logIn(person)
  await forgetConfirmation(app, person)
  const guesses = Array.from({ length: passwordAgainBySession.attempts + 1 }, () =>
    thief.submit('/confirm', { password: 'not the password' }),
  )
  await Promise.all(guesses)
  const confirmed = await owner.submit('/confirm', {
    password: person.password,
    returnTo: '/account/password',
  })
  assert.equal(locationOf(confirmed), '/account/password')
  assert.equal(locationOf(await owner.submit('/account/password', { 'new-password': next })), '/account')
  assert.ok(!(await thief.isSignedIn()))
})

test('a form changes the signed-in user, whatever user it names (ASVS 8.2.2)', async () => {
  const [ada, grace] = [app.visitor(), app.visitor()]
  await ada.register()
  const graces = await grace.register()
  const before = await app.users.findOne({ email: graces.email })
  const id = String(before?._id)
  const named = { id, _id: id, user: id, userId: id, 'session-user': id, email: graces.email }
  await ada.submit('/account/name', { ...named, name: 'Mallory' })
  await ada.submit('/account/password', { ...named, 'new-password': next })
  assert.deepEqual(await app.users.findOne({ email: graces.email }), before)
})

test('each missing or invalid field gets its own error (ASVS 2.2.1)', async () => {
  const { visitor, person } = await newMember(app)
  const before = await app.users.findOne({ email: person.email })
  const long = 'x y'.repeat(86)
  const wrong: Record<string, readonly string[]> = {
    name: ['', '   ', 'x'.repeat(81), 'a\u202eb', 'a\u0000b'],
    'new-password': ['', 'elevenchars', long],
  }
  const good: Record<string, string> = { name: 'Ada', 'new-password': next }
  for (const [path, names] of [
    ['/account/name', ['name']],
    ['/account/password', ['new-password']],
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

test('extra fields change nothing (ASVS 8.2.3)', async () => {
  const { visitor, person } = await newMember(app)
  const before = await app.users.findOne({ email: person.email })
  const extra = { role: 'admin', _id: '65f0c0ffee0000000000cafe', epoch: '9', passwordHash: 'x', __v: '7' }
  assert.equal((await visitor.submit('/account/name', { ...extra, name: 'Ada' })).status, 303)
  const after = await app.users.findOne({ email: person.email })
  assert.deepEqual({ ...after, updatedAt: 0 }, { ...before, name: 'Ada', updatedAt: 0 })
})

test('neither a field nor a header overrides the method (ASVS 3.5.3)', async () => {
  const { visitor } = await newMember(app)
  const renamed = visitor
    .submit('/account/name', { name: 'Ada', _method: 'DELETE' })
    .set('X-Method-Override', 'GET')
  assert.equal(locationOf(await renamed), '/account')
})

test('a password change and a deletion end sessions in every process (ASVS 7.4.2, 7.4.3)', async () => {
  const server = await anotherApp(app, {}, { features: [account] })
  for (const [path, more] of [
    ['/account/password', { 'new-password': next }],
    ['/account/delete', { delete: 'account' }],
  ] as const) {
    const { visitor, cookie } = await newMember(app)
    assert.equal((await privatePageWith(cookie, { server })).status, 200)
    assert.equal((await visitor.submit(path, more)).status, 303)
    assert.match(locationOf(await privatePageWith(cookie, { server })), /^\/login/)
  }
})

test('password changes, deletions and incorrect passwords are logged as events (ASVS 16.3.1)', async () => {
  const { visitor, person } = await newMember(app)
  const userId = String((await app.users.findOne({ email: person.email }))?._id)
  const before = lines().length
  const submit = (path: string, fields: Record<string, string>) => visitor.submit(path, fields)
  await submit('/confirm', { password: 'not the password' })
  await submit('/account/password', { 'new-password': next })
  await submit('/account/delete', { delete: 'account' })
  const events = lines()
    .slice(before)
    .filter(({ event }) => event !== undefined)
  assert.deepEqual(
    events.map(({ event, userId: who }) => [event, who]),
    ['password-again.refused', 'password.changed', 'account.deleted'].map((event) => [event, userId]),
  )
})

test('every field has the right autocomplete value', async () => {
  const { visitor } = await newMember(app)
  for (const [path, expected] of [
    ['/account/name', ['name']],
    ['/account/password', ['username', 'new-password']],
    ['/confirm', ['username', 'current-password']],
  ] as const) {
    const { text } = await visitor.get(path)
    const found = [...text.matchAll(/autocomplete="([^"]+)"/g)].map(([, value]) => value)
    assert.deepEqual(found, expected, path)
  }
})
