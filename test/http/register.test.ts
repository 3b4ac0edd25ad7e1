import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { locationOf, newPerson } from '../support/visitor.ts'

const app = await startTestApp({ APP_NAME: 'Latchkey' })

test('registering signs the person in and welcomes them by name, once', async () => {
  const visitor = app.visitor()
  const person = { ...newPerson(), name: 'Ada Lovelace' }
  const answer = await visitor.submit('/register', { ...person })
  assert.equal(answer.status, 303)
  assert.equal(locationOf(answer), '/dashboard')
  const welcome = /Welcome, Ada Lovelace\. Your account is ready\./
  const first = await visitor.get('/dashboard')
  assert.equal(first.status, 200)
  assert.match(first.text, welcome)
  assert.doesNotMatch((await visitor.get('/dashboard')).text, welcome)
})

test('a failed form comes back with what was typed, the errors beside their fields, and no password', async () => {
  const answer = await app.visitor().submit('/register', {
    name: 'Grace',
    email: 'grace(at)example.com',
    password: 'a secret of mine',
  })
  assert.equal(answer.status, 422)
  assert.match(answer.text, /value="Grace"/)
  assert.match(answer.text, /value="grace\(at\)example\.com"/)
  assert.match(answer.text, /aria-describedby="email-error"/)
  assert.match(answer.text, /id="email-error"[^>]*>This does not look like an email address/)
  assert.doesNotMatch(answer.text, /a secret of mine/)
})

test('every missing field has its own sentence, and nothing is stored', async () => {
  const users = await app.users.countDocuments()
  const answer = await app.visitor().submit('/register', {})
  assert.equal(answer.status, 422)
  for (const sentence of ['Type your name.', 'Type your email address.', 'Choose a password.']) {
    assert.ok(answer.text.includes(sentence), sentence)
  }
  assert.equal(await app.users.countDocuments(), users)
})

for (const [reason, password, sentence] of [
  ['of 11 characters', 'elevenchars', 'Use at least 12 characters.'],
  ['of 257 characters', `${'x y'.repeat(85)}zz`, 'Use at most 256 characters.'],
  ['from the list that attackers try', 'PasswordPassword', 'every list that attackers try'],
  ['made of the email address', 'margaret.hamilton', 'too close to your email address'],
  ["made of the app's name", 'Latchkey2026', 'too close to your email address or to the name of this app'],
] as const) {
  test(`a password ${reason} is refused with the reason`, async () => {
    const answer = await app.visitor().submit('/register', {
      name: 'Margaret',
      email: 'margaret.hamilton@example.com',
      password,
    })
    assert.equal(answer.status, 422)
    assert.ok(answer.text.includes(sentence), answer.text)
    assert.equal(await app.users.countDocuments({ email: 'margaret.hamilton@example.com' }), 0)
  })
}

test('a password counts exactly: spaces at its ends, case and the 73rd byte matter', async () => {
  const exact = ` ${'lower case only '.repeat(5)}`
  const person = await app.visitor().register({ ...newPerson(), password: exact })
  for (const wrong of [exact.trim(), exact.toUpperCase(), exact.slice(0, 72), `${exact.slice(0, 72)}X`]) {
    assert.equal(
      (await app.visitor().logIn({ ...person, password: wrong })).status,
      401,
      JSON.stringify(wrong),
    )
  }
  assert.equal((await app.visitor().logIn(person)).status, 303)
})

test('an email address makes one account, however it is written', async () => {
  const person = await app.visitor().register({ ...newPerson(), email: 'Rosalind@Example.com' })
  const again = await app.visitor().submit('/register', { ...person, email: ' rosalind@EXAMPLE.com ' })
  assert.equal(again.status, 422)
  assert.match(again.text, /There is an account with this email address already/)
  assert.equal(await app.users.countDocuments({ email: 'rosalind@example.com' }), 1)
})

test('twenty registrations of one email at the same time make one user and no error page', async () => {
  const person = newPerson()
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => app.visitor().submit('/register', { ...person })),
  )
  const statuses = answers.map(({ status }) => status).sort()
  assert.deepEqual(statuses, [303, ...Array.from({ length: 19 }, () => 422)])
  assert.equal(await app.users.countDocuments({ email: person.email }), 1)
})

test('the password is stored as argon2id alone', async () => {
  const person = await app.visitor().register()
  const user = await app.users.findOne({ email: person.email })
  assert.match(String(user?.passwordHash), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  assert.ok(!JSON.stringify(user).includes(person.password))
})

test('fields that the form does not have change nothing', async () => {
  const person = newPerson()
  const extra = { ...person, role: 'admin', _id: '000000000000000000000001', passwordHash: 'x' }
  assert.equal((await app.visitor().submit('/register', extra)).status, 303)
  const user = await app.users.findOne({ email: person.email })
  assert.notEqual(String(user?._id), extra._id)
  assert.deepEqual(Object.keys(user ?? {}).sort(), [
    '__v',
    '_id',
    'createdAt',
    'email',
    'epoch',
    'name',
    'passwordHash',
    'updatedAt',
  ])
})

test('a name is shown as text, whatever it contains', async () => {
  const visitor = app.visitor()
  await visitor.register({ ...newPerson(), name: '"><svg onload=alert(1)>' })
  const { text } = await visitor.get('/dashboard')
  assert.ok(!text.includes('<svg onload'))
  assert.match(text, /&lt;svg onload=alert\(1\)&gt;/)
})
