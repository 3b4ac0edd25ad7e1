import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../../src/limits.ts'
import { startTestApp } from '../support/app.ts'
import { newPerson, Visitor } from '../support/visitor.ts'

const app = await startTestApp()

const long = 'x y'.repeat(86)
const wrong: Record<string, readonly (string | undefined)[]> = {
  name: [undefined, '', '   ', 'x'.repeat(81), 'a\u202eb', 'a\u0000b'],
  email: [undefined, '', 'x', 'x@', '@example.com', 'a b@example.com', `${'x'.repeat(250)}@example.com`],
  password: [undefined, '', long],
  'new-password': [undefined, '', 'elevenchars', long],
}

test('2.2.1 each field that is missing, too short, too long or of the wrong kind gets an error of its own', async () => {
  const member = app.visitor()
  const person = await member.register()
  const before = await app.users.find().toArray()
  const good: Record<string, string> = {
    ...newPerson(),
    password: person.password,
    'new-password': 'eleven purple kettles',
  }
  for (const [path, visitor, fields] of [
    ['/register', app.visitor(), ['name', 'email', 'password']],
    ['/login', app.visitor(), ['email', 'password']],
    ['/account/name', member, ['name']],
    ['/account/password', member, ['password', 'new-password']],
    ['/account/delete', member, ['password']],
  ] as const) {
    for (const field of fields) {
      for (const value of wrong[field] ?? []) {
        const sent = Object.fromEntries(fields.map((name) => [name, good[name] ?? '']))
        if (value === undefined) delete sent[field]
        else sent[field] = value
        const answer = await visitor.submit(path, sent)
        assert.equal(answer.status, 422, `${path} ${field} ${value}`)
        assert.match(answer.text, new RegExp(`id="${field}-error"`))
        for (const other of fields)
          if (other !== field)
            assert.ok(!answer.text.includes(`id="${other}-error"`), `${path} ${field}: ${other}`)
      }
    }
  }
  assert.deepEqual(await app.users.find().toArray(), before, 'nothing is stored')
})

test('2.2.2 the server refuses what the page only asks a browser to stop', async () => {
  const { text } = await app.visitor().get('/register')
  assert.match(text, /name="name"[^>]* maxlength="80"/)
  assert.equal(
    (await app.visitor().submit('/register', { ...newPerson(), name: 'x'.repeat(81) })).status,
    422,
  )
  assert.match((await app.visitor().submit('/login', { email: 'x', password: 'y' })).text, /id="email-error"/)
})

test('2.2.1 an email address has ASCII letters only, so that no look-alike makes a second account', async () => {
  const users = await app.users.countDocuments()
  for (const email of [
    '\u0430da@example.com',
    'ada\u200b@example.com',
    'ada@ex\u0430mple.com',
    '\uff41da@example.com',
    'ada\u00ad@example.com',
  ]) {
    assert.equal((await app.visitor().submit('/register', { ...newPerson(), email })).status, 422, email)
    assert.equal((await app.visitor().submit('/login', { email, password: 'x' })).status, 422, email)
  }
  assert.equal(await app.users.countDocuments(), users)
})

test('2.2.1 an email address makes one account, whatever its capitals and the blanks round it', async () => {
  const person = await app.visitor().register()
  const shouted = { ...person, email: ` ${person.email.toUpperCase()} ` }
  assert.equal((await app.visitor().submit('/register', { ...shouted })).status, 422)
  assert.equal((await app.visitor().logIn(shouted)).status, 303)
})

test('2.3.4 twenty registrations of one email at the same time make one account and no error page', async () => {
  const person = newPerson()
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => app.visitor().submit('/register', { ...person })),
  )
  const statuses = answers.map(({ status }) => status)
  // On a machine that is very busy some are told to try again.
  assert.deepEqual(
    statuses.filter((status) => ![303, 422, 503].includes(status)),
    [],
  )
  assert.ok(statuses.filter((status) => status === 303).length <= 1 && statuses.includes(422))
  assert.equal(await app.users.countDocuments({ email: person.email }), 1)
})

test('2.4.1 one registration too many from one address is a page that says how long to wait', async () => {
  const visitor = app.visitor()
  const person = { ...newPerson(), password: 'passwordpassword' }
  for (let tries = 0; tries < limits.registerByAddress.tries; tries += 1)
    assert.equal((await visitor.submit('/register', { ...person })).status, 422)
  const refused = await visitor.submit('/register', { ...newPerson() })
  assert.equal(refused.status, 429)
  assert.match(String(refused.headers['retry-after']), /^\d+$/)
  assert.match(refused.text, /Wait (an hour|1 hour|\d+ minutes)/)
  assert.equal(
    (await app.visitor().submit('/register', { ...newPerson() })).status,
    303,
    'others are let through',
  )
})

test('2.4.1 one sign-in too many from one address is a page that says how long to wait', async () => {
  const address = '192.0.2.77'
  const statuses = []
  for (let tries = 0; tries <= limits.signInByAddress.tries; tries += 1)
    statuses.push(
      (await new Visitor(app.server, address).logIn({ email: `n${tries}@example.com`, password: 'x' }))
        .status,
    )
  assert.equal(statuses.filter((status) => status === 401).length, limits.signInByAddress.tries)
  assert.equal(statuses.at(-1), 429)
})

test('2.4.1 a password that is asked for again cannot be guessed at by whoever holds the session', async () => {
  const visitor = app.visitor()
  const { password } = await visitor.register()
  for (let tries = 0; tries < limits.passwordAgainByUser.tries; tries += 1)
    assert.equal((await visitor.submit('/account/delete', { password: 'not the password' })).status, 401)
  for (const [path, fields] of [
    ['/account/delete', { password }],
    ['/account/password', { password, 'new-password': 'eleven purple kettles' }],
  ] as const) {
    const refused = await visitor.submit(path, fields)
    assert.equal(refused.status, 429)
    assert.ok(Number(refused.headers['retry-after']) > 0)
  }
  assert.equal((await visitor.get('/dashboard')).status, 200, 'nothing was done')
})
