import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { passwordLength } from '../../src/models/password-rules.ts'
import { startTestApp } from '../support/app.ts'
import { newPerson } from '../support/visitor.ts'

const app = await startTestApp({ APP_NAME: 'Latchkey' })
const common = readFileSync(new URL('../../resources/common-passwords.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

/** The status of a registration, and that of a sign-in afterwards. */
async function tryPassword(password: string, email = newPerson().email): Promise<[number, number]> {
  await app.forgetTries()
  const person = { ...newPerson(), email, password }
  const { status } = await app.visitor().submit('/register', { ...person })
  return [status, (await app.visitor().logIn(person)).status]
}

/** What the page says beside the field of a password that it refuses. */
async function reasonAgainst(password: string): Promise<string> {
  const person = { ...newPerson(), email: 'margaret.hamilton@example.com', password }
  const { status, text } = await app.visitor().submit('/register', person)
  assert.equal(status, 422, password)
  return /id="password-error"[^>]*>([^<]+)</.exec(text)?.[1] ?? ''
}

test('6.2.1 a password has 12 characters or more', async () => {
  assert.equal(passwordLength.min, 12)
  assert.match(await reasonAgainst('elevenchars'), /at least 12 characters/)
  assert.deepEqual(await tryPassword('twelve chars'), [303, 303])
})

test('6.2.1 a character outside the basic plane counts once', async () => {
  assert.match(await reasonAgainst('🚲'.repeat(11)), /at least 12 characters/)
  assert.deepEqual(await tryPassword('🚲🔑🎈🌵🐢🍋🎻🧭🪁🦉🍄🧩'), [303, 303])
})

test('6.2.3 a password is changed only by who types the current one', async () => {
  const visitor = app.visitor()
  const { email } = await visitor.register()
  const before = await app.users.findOne({ email })
  const change = { password: 'not the password', 'new-password': 'eleven purple kettles' }
  assert.equal((await visitor.submit('/account/password', change)).status, 401)
  assert.equal((await visitor.submit('/account/password', { ...change, password: '' })).status, 422)
  assert.deepEqual(await app.users.findOne({ email }), before, 'the hash is unchanged')
})

test('6.2.4 the most common passwords are a list of 3,000 or more that the rule of length lets through', () => {
  assert.ok(common.length >= 3_000, `${common.length}`)
  assert.ok(common.every((password) => [...password].length >= passwordLength.min))
})

test('6.2.5 no kinds of characters are asked for', async () => {
  for (const password of [
    'purple kettle tree',
    'purplekettletree',
    '904736251840',
    '            x',
    'ΑΒΓΔΕΖΗΘΙΚΛΜ',
  ])
    assert.deepEqual(await tryPassword(password), [303, 303], password)
})

test('6.2.6 every field for a password hides what is typed', async () => {
  const member = app.visitor()
  await member.register()
  for (const [visitor, path, count] of [
    [app.visitor(), '/login', 1],
    [app.visitor(), '/register', 1],
    [member, '/account/password', 2],
    [member, '/account/delete', 1],
  ] as const) {
    const inputs = [...(await visitor.get(path)).text.matchAll(/<input[^>]*name="(?:new-)?password"[^>]*>/g)]
    assert.equal(inputs.length, count, path)
    for (const [input] of inputs) assert.match(input, /type="password"/)
  }
})

test('6.2.7 password managers know what each field is for, and nothing stands in the way of pasting', async () => {
  const member = app.visitor()
  await member.register()
  for (const [visitor, path, expected] of [
    [app.visitor(), '/login', ['username', 'current-password']],
    [app.visitor(), '/register', ['name', 'username', 'new-password']],
    [member, '/account/password', ['username', 'current-password', 'new-password']],
  ] as const) {
    const { text } = await visitor.get(path)
    const found = [...text.matchAll(/autocomplete="([^"]+)"/g)].map(([, value]) => value)
    assert.deepEqual(found, expected, path)
    assert.doesNotMatch(text, /onpaste|readonly=|autocomplete="off"|name="(?:new-)?password"[^>]*maxlength/)
  }
  const script = readFileSync(new URL('../../public/app.js', import.meta.url), 'utf8')
  assert.doesNotMatch(script, /paste|beforeinput/)
})

test('6.2.8 a password is compared exactly: case, blanks at its ends and the 73rd byte count', async () => {
  const exact = ` ${'lower case only '.repeat(5)}`
  const person = await app.visitor().register({ ...newPerson(), password: exact })
  for (const password of [exact.trim(), exact.toUpperCase(), exact.slice(0, 72), `${exact.slice(0, 72)}X`])
    assert.equal((await app.visitor().logIn({ ...person, password })).status, 401, password)
  assert.equal((await app.visitor().logIn(person)).status, 303)
})

test('6.2.9 a password may have 64, 128 and 256 characters, and no more', async () => {
  const long = 'purple kettle tree 7 '.repeat(20)
  for (const length of [64, 128, passwordLength.max])
    assert.deepEqual(await tryPassword(long.slice(0, length)), [303, 303], `${length}`)
  assert.match(await reasonAgainst(long.slice(0, passwordLength.max + 1)), /at most 256 characters/)
})

test('6.2.11 words that a guesser knows are no password', async () => {
  for (const password of [
    'margaret.hamilton',
    'Margaret.Hamilton1',
    'margaret.hamilton@example.com',
    'Latchkey2026',
    'latchkeylatchkey',
  ])
    assert.match(await reasonAgainst(password), /too close to your email address or to the name/)
})

test('6.2.12 a password that is known from leaks is refused with the reason, in capitals too', async () => {
  const sample = common.filter((_, index) => index % 500 === 0)
  for (const password of [...sample, ...sample.map((entry) => entry.toUpperCase())]) {
    await app.forgetTries()
    assert.match(await reasonAgainst(password), /every list that attackers try/)
  }
})
