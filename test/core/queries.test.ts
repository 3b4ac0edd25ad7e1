import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { ownDatabaseUrl } from '../support/database.ts'
import { home } from '../support/home.ts'
import { limits } from '../support/limits.ts'
import { cookiesOf, newPerson, Visitor } from '../support/visitor.ts'

const url = new URL(ownDatabaseUrl())
// So that the app's own write concerns are seen.
url.search = ''
const app = await startTestApp({ DATABASE_URL: url.href })
const person = await app.visitor().register()

// The MongoDB commands of each request. Keep docs/sessions.md in step, which shows the same table.
beforeEach(() => app.database.takeCommands())

for (const path of ['/', '/login', '/register', home, '/nowhere', '/robots.txt', '/healthz']) {
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

test('an invalid form: no command', async () => {
  await app.visitor().submit('/login', { email: 'x', password: 'x' })
  await app.visitor().submit('/register', { email: 'x', password: 'x' })
  assert.deepEqual(app.database.takeCommands(), [])
})

/** Counts one attempt against one limit. */
const limit = 'findAndModify'

test('an incorrect password: three limits, one read', async () => {
  await app.visitor().logIn({ ...person, password: 'not the password' })
  assert.deepEqual(app.database.takeCommands(), [limit, limit, limit, 'find'])
})

/** Writes the session, if the user is still there. */
const begin = 'aggregate'

test('a correct password: three limits, one read, two writes, of which one gives the attempt back', async () => {
  await app.visitor().logIn(person)
  assert.deepEqual(app.database.takeCommands().sort(), [begin, 'find', limit, limit, limit, 'update'])
})

test('over IPv6 one limit more, for the site', async () => {
  const visitor = () => new Visitor(app.server, '2001:db8::1')
  await visitor().logIn({ ...person, password: 'not the password' })
  assert.deepEqual(app.database.takeCommands(), [limit, limit, limit, limit, 'find'])
  await visitor().logIn(person)
  assert.deepEqual(app.database.takeCommands().sort(), [begin, 'find', limit, limit, limit, limit, 'update'])
  const newcomer = await visitor().filledIn('/register', { ...newPerson() })
  app.database.takeCommands()
  await visitor().submit('/register', newcomer)
  assert.deepEqual(app.database.takeCommands(), [limit, limit, 'insert', begin])
})

test('a correct password from a browser known to the account, over IPv6 too: one read, one limit, one write', async () => {
  const visitor = app.visitor()
  await visitor.logIn(person)
  await visitor.submit('/logout')
  const [browser = ''] = cookiesOf(await visitor.logIn(person)).filter((cookie) =>
    cookie.startsWith('browser='),
  )
  app.database.takeCommands()
  await new Visitor(app.server, '2001:db8::2').logIn(person).set('Cookie', browser.split(';', 1)[0] ?? '')
  assert.deepEqual(app.database.takeCommands(), ['find', limit, begin])
})

test('one attempt too many: only the limits up to the one that was reached', async () => {
  const visitor = app.visitor()
  const wrong = { email: 'nobody@example.com', password: 'not the password' }
  for (let n = 0; n < limits.signInByAddressAndAccount.attempts; n += 1) await visitor.logIn(wrong)
  app.database.takeCommands()
  assert.equal((await visitor.logIn(wrong)).status, 429)
  assert.deepEqual(app.database.takeCommands(), [limit, limit])
  for (let n = 0; n < limits.signInByAddressAndAccount.attempts; n += 1) await visitor.logIn(wrong)
  app.database.takeCommands()
  assert.equal((await visitor.logIn(wrong)).status, 429)
  assert.deepEqual(app.database.takeCommands(), [limit], 'the IP address, whose limit is the widest')
  for (let n = 0; n < 2 * limits.signInByAddress.attempts; n += 1) await visitor.logIn(wrong)
  app.database.takeCommands()
  assert.equal((await visitor.logIn(wrong)).status, 429)
  assert.deepEqual(app.database.takeCommands(), [], 'an IP address that goes on is known in memory')
})

test('a registration: one limit, two writes', async () => {
  await app.visitor().register()
  assert.deepEqual(app.database.takeCommands(), [limit, 'insert', begin])
})

test('the dashboard: one read; the first time after a sign-in also one write, which removes the greeting', async () => {
  const visitor = app.visitor()
  await visitor.logIn(person)
  app.database.takeCommands()
  await visitor.get(home)
  assert.deepEqual(app.database.takeCommands(), ['aggregate', 'update'])
  await visitor.get(home)
  assert.deepEqual(app.database.takeCommands(), ['aggregate'])
})

test('signing out: three commands, two for the message on the next page, and one read per page while the cookie lasts', async () => {
  const visitor = app.visitor()
  await visitor.logIn(person)
  await visitor.get(home)
  app.database.takeCommands()
  await visitor.submit('/logout')
  assert.deepEqual(app.database.takeCommands(), ['aggregate', 'delete', 'update'])
  await visitor.get('/')
  assert.deepEqual(app.database.takeCommands(), ['aggregate', 'update'])
  // The cookie is left to expire after five minutes, because clearing it might hit the cookie of a sign-in meanwhile.
  await visitor.get('/')
  assert.deepEqual(app.database.takeCommands(), ['aggregate'])
})

test('a crowd of bots without cookies leaves no documents and takes no commands', async () => {
  const before = await app.sessions.countDocuments()
  app.database.takeCommands()
  const paths = ['/', '/login', '/register', home, '/nowhere', '/robots.txt', '/healthz']
  await Promise.all(Array.from({ length: 10 }, () => paths.map((path) => app.visitor().get(path))).flat())
  assert.deepEqual(app.database.takeCommands(), [])
  assert.equal(await app.sessions.countDocuments(), before)
})

test('accounts and sign-outs survive a crash and a failover; a new session need not', async () => {
  const sent: [command: string, concern: unknown][] = []
  const note = ({ commandName, command }: { commandName: string; command: { writeConcern?: unknown } }) => {
    if (/insert|update|delete/.test(commandName) || (commandName === begin && command.writeConcern))
      sent.push([commandName, command.writeConcern])
  }
  const visitor = app.visitor()
  const form = await visitor.filledIn('/register', { ...newPerson() })
  app.database.client.on('commandStarted', note)
  await visitor.submit('/register', form)
  const registering = sent.splice(0)
  await visitor.get(home)
  sent.splice(0)
  await visitor.submit('/logout')
  app.database.client.off('commandStarted', note)
  const lasting = { w: 'majority', j: true }
  assert.deepEqual(registering, [
    ['insert', lasting],
    [begin, { w: 1 }],
  ])
  assert.deepEqual(sent, [
    ['delete', lasting],
    ['update', { w: 1 }],
  ])
})
