import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { limits } from '../../src/limits.ts'
import { startTestApp } from '../support/app.ts'

const app = await startTestApp()
const person = await app.visitor().register()

// What a request costs MongoDB. docs/sessions.md shows this table; whoever changes one changes both.
beforeEach(() => app.database.takeCommands())

for (const path of ['/', '/login', '/register', '/dashboard', '/nowhere', '/robots.txt', '/healthz']) {
  test(`a guest's ${path}: no command, and none when it is repeated`, async () => {
    const visitor = app.visitor()
    await visitor.get(path)
    await visitor.get(path)
    assert.deepEqual(app.database.takeCommands(), [])
  })
}

test('a static file: no command, signed in or not', async () => {
  const visitor = app.visitor()
  await visitor.logIn(person)
  app.database.takeCommands()
  await visitor.get('/robots.txt')
  await visitor.get('/assets/any/app.css')
  assert.deepEqual(app.database.takeCommands(), [])
})

test('a form refused for what is in it: no command', async () => {
  await app.visitor().submit('/login', { email: 'x', password: 'x' })
  await app.visitor().submit('/register', { email: 'x', password: 'x' })
  assert.deepEqual(app.database.takeCommands(), [])
})

/** Counts one try against one limit. */
const limit = 'findAndModify'

test('a wrong password: three limits, one read', async () => {
  await app.visitor().logIn({ ...person, password: 'not the password' })
  assert.deepEqual(app.database.takeCommands(), [limit, limit, limit, 'find'])
})

test('a right password: three limits, one read, one write; and the try is given back to the address', async () => {
  await app.visitor().logIn(person)
  assert.deepEqual(app.database.takeCommands(), [limit, limit, limit, 'find', 'update', limit])
})

test('a right password from a browser that is known to the account: one limit, one read, one write', async () => {
  const visitor = app.visitor()
  await visitor.logIn(person)
  await visitor.submit('/logout')
  await visitor.get('/')
  app.database.takeCommands()
  await visitor.logIn(person)
  assert.deepEqual(app.database.takeCommands(), [limit, 'find', 'update'])
})

test('one try too many: no more than what counts it, and nothing at all when it is repeated', async () => {
  const visitor = app.visitor()
  const wrong = { email: 'nobody@example.com', password: 'not the password' }
  for (let n = 0; n < limits.signInByAddressAndAccount.tries; n += 1) await visitor.logIn(wrong)
  app.database.takeCommands()
  assert.equal((await visitor.logIn(wrong)).status, 429)
  assert.deepEqual(app.database.takeCommands(), [limit])
  assert.equal((await visitor.logIn(wrong)).status, 429)
  assert.deepEqual(app.database.takeCommands(), [])
})

test('a registration: one limit, two writes', async () => {
  await app.visitor().register()
  assert.deepEqual(app.database.takeCommands(), [limit, 'insert', 'update'])
})

test('the dashboard: one read; the first one after a sign-in also writes, to take the greeting away', async () => {
  const visitor = app.visitor()
  await visitor.logIn(person)
  app.database.takeCommands()
  await visitor.get('/dashboard')
  assert.deepEqual(app.database.takeCommands(), ['aggregate', 'update'])
  await visitor.get('/dashboard')
  assert.deepEqual(app.database.takeCommands(), ['aggregate'])
})

test('signing out: three commands, and two for the message on the next page', async () => {
  const visitor = app.visitor()
  await visitor.logIn(person)
  await visitor.get('/dashboard')
  app.database.takeCommands()
  await visitor.submit('/logout')
  assert.deepEqual(app.database.takeCommands(), ['aggregate', 'delete', 'update'])
  await visitor.get('/')
  assert.deepEqual(app.database.takeCommands(), ['aggregate', 'delete'])
  await visitor.get('/')
  assert.deepEqual(app.database.takeCommands(), [])
})

test('a new password: what was noted, changed and removed', async () => {
  const visitor = app.visitor()
  const { password } = await visitor.register()
  await visitor.get('/dashboard')
  app.database.takeCommands()
  await visitor.submit('/account/password', { password, 'new-password': 'eleven purple kettles' })
  assert.deepEqual(app.database.takeCommands(), [
    ...['aggregate', limit, 'find', 'update', 'findAndModify', 'find'],
    'delete', // mail
    ...['delete', 'delete', 'delete', 'update'],
  ])
})

test('deleting an account: the same, and the message for the next page', async () => {
  const visitor = app.visitor()
  const { password } = await visitor.register()
  await visitor.get('/dashboard')
  app.database.takeCommands()
  await visitor.submit('/account/delete', { password })
  assert.deepEqual(app.database.takeCommands(), [
    ...['aggregate', limit, 'find', 'update', 'delete', 'find'],
    'delete', // mail
    ...['delete', 'delete', 'delete', 'update'],
  ])
})
