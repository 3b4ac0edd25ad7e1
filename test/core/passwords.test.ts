import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { hash } from '@node-rs/argon2'
import { passwordLength, refusalMs } from '../../src/auth/password.ts'
import { startTestApp } from '../support/app.ts'
import { formsOn } from '../support/forms.ts'
import { newPerson } from '../support/visitor.ts'

const app = await startTestApp({ APP_NAME: 'Latchkey' })
const common = readFileSync(new URL('../../resources/common-passwords.txt', import.meta.url), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))

/** The status of a registration, and that of a sign-in afterwards. */
async function tryPassword(password: string, email = newPerson().email): Promise<[number, number]> {
  await app.forgetTries()
  const person = { ...newPerson(), email, password }
  const { status } = await app.visitor().fillInAndSubmit('/register', person)
  return [status, (await app.visitor().logIn(person)).status]
}

/** The error next to the password field. */
async function reasonAgainst(password: string): Promise<string> {
  const person = { ...newPerson(), email: 'margaret.hamilton@example.com', password }
  const { status, text } = await app.visitor().fillInAndSubmit('/register', person)
  assert.equal(status, 422, password)
  return /id="password-error"[^>]*>([^<]+)</.exec(text)?.[1] ?? ''
}

test('passwords have at least 12 characters (ASVS 6.2.1)', async () => {
  assert.equal(passwordLength.min, 12)
  assert.match(await reasonAgainst('elevenchars'), /at least 12 characters/)
  assert.deepEqual(await tryPassword('twelve chars'), [303, 303])
})

test('a character outside the basic plane counts as one (ASVS 6.2.1)', async () => {
  assert.match(await reasonAgainst('🚲'.repeat(11)), /at least 12 characters/)
  assert.deepEqual(await tryPassword('🚲🔑🎈🌵🐢🍋🎻🧭🪁🦉🍄🧩'), [303, 303])
})

test('at least 3,000 common passwords of sufficient length are refused (ASVS 6.2.4)', () => {
  assert.ok(common.length >= 3_000, `${common.length}`)
  assert.ok(common.every((password) => [...password].length >= passwordLength.min))
})

test('no particular kinds of characters are required (ASVS 6.2.5)', async () => {
  for (const password of [
    'purple kettle tree',
    'purplekettletree',
    '904736251840',
    '            x',
    'ΑΒΓΔΕΖΗΘΙΚΛΜ',
  ])
    assert.deepEqual(await tryPassword(password), [303, 303], password)
})

test('password managers can tell what each field is for, and pasting works (ASVS 6.2.7)', async () => {
  for (const [path, expected] of [
    ['/login', { email: 'username', password: 'current-password' }],
    ['/register', { name: 'name', email: 'username', password: 'new-password' }],
  ] as const) {
    const { text } = await app.visitor().get(path)
    const [form] = formsOn(text, path).filter(({ action }) => action === path)
    for (const [name, purpose] of Object.entries(expected)) {
      const field = form?.fields.find((one) => one.name === name)
      assert.equal(field?.attributes.autocomplete, purpose, `${path} ${name}`)
    }
  }
  const script = readFileSync(new URL('../../public/app.js', import.meta.url), 'utf8')
  assert.doesNotMatch(script, /paste|beforeinput/)
})

test('passwords are compared exactly, including case, surrounding spaces and everything after byte 72 (ASVS 6.2.8)', async () => {
  const exact = ` ${'lower case only '.repeat(5)}`
  const person = await app.visitor().register({ ...newPerson(), password: exact })
  await app.forgetTries()
  for (const password of [exact.trim(), exact.toUpperCase(), exact.slice(0, 72), `${exact.slice(0, 72)}X`])
    assert.equal((await app.visitor().logIn({ ...person, password })).status, 401, password)
  assert.equal((await app.visitor().logIn(person)).status, 303)
})

test('passwords of up to 256 characters are accepted (ASVS 6.2.9)', async () => {
  const long = 'purple kettle tree 7 '.repeat(20)
  for (const length of [64, 128, passwordLength.max])
    assert.deepEqual(await tryPassword(long.slice(0, length)), [303, 303], `${length}`)
  assert.match(await reasonAgainst(long.slice(0, passwordLength.max + 1)), /256 characters or fewer/)
})

test("a password made of the email address or the app's name is refused (ASVS 6.2.11)", async () => {
  for (const password of [
    'margaret.hamilton',
    'Margaret.Hamilton1',
    'margaret.hamilton@example.com',
    'Latchkey2026',
    'latchkeylatchkey',
  ])
    assert.match(await reasonAgainst(password), /too similar to your email address or the name/)
})

test('a leaked password is refused with the reason, in uppercase too (ASVS 6.2.12)', async () => {
  const sample = common.filter((_, index) => index % 1_000 === 0)
  for (const password of [...sample, ...sample.map((entry) => entry.toUpperCase())]) {
    await app.forgetTries()
    assert.match(await reasonAgainst(password), /too common/)
  }
})

test("the app's name or the email address may be part of a password with eight other characters", async () => {
  assert.match(await reasonAgainst('latchkey zq xvj'), /too similar/)
  assert.deepEqual(await tryPassword('latchkey zq xvjk'), [303, 303])
})

test('a password is stored only as an argon2id hash with 19 MiB, two passes and one lane (ASVS 11.4.2)', async () => {
  await app.forgetTries()
  const password = 'the same for two of them'
  const hashes = []
  for (let times = 0; times < 2; times += 1) {
    const { email } = await app.visitor().register({ ...newPerson(), password })
    const user = await app.users.findOne({ email })
    assert.match(user?.passwordHash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22,}\$[\w+/]{43}$/)
    assert.ok(!JSON.stringify(user).includes(password))
    hashes.push(user?.passwordHash)
  }
  assert.notEqual(hashes[0], hashes[1], 'equal passwords have different hashes')
})

test('an incorrect password is refused after the same time for every hash, and without an account (ASVS 6.3.8)', async () => {
  const times: number[] = []
  for (const options of [
    { memoryCost: 8_192, timeCost: 1 },
    { memoryCost: 65_536, timeCost: 2 },
    undefined,
  ]) {
    const person = await app.visitor().register()
    const update = options && { passwordHash: await hash(person.password, options) }
    if (update) await app.users.updateOne({ email: person.email }, { $set: update })
    else await app.users.deleteOne({ email: person.email })
    const start = performance.now()
    assert.equal((await app.visitor().logIn({ ...person, password: 'not the password' })).status, 401)
    times.push(performance.now() - start)
  }
  // The fastest would come in a tenth of that.
  assert.ok(
    times.every((ms) => ms >= refusalMs - 1),
    `${times}`,
  )
})

test('a stored hash in another format is treated and counted like an incorrect password (ASVS 6.3.8)', async () => {
  const bcrypt = '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'
  for (const passwordHash of [bcrypt, 'text', '$argon2id$v=19$m=19456', '', 7, null, {}]) {
    await app.forgetTries()
    const visitor = app.visitor()
    const person = await visitor.register()
    await app.users.updateOne({ email: person.email }, { $set: { passwordHash } })
    const answer = await app.visitor().logIn(person)
    assert.equal(answer.status, 401, JSON.stringify(passwordHash))
    assert.match(answer.text, /Incorrect email address or password\./)
    assert.equal((await visitor.submit('/confirm', { password: person.password })).status, 401)
    const counters = app.database.client.db().collection('limits')
    assert.equal(await counters.countDocuments({ key: /^(signInBy|passwordAgain)/, points: 1 }), 4)
  }
})

test('a password is normalized once, before it is counted, compared and hashed (NIST SP 800-63B-4, 3.1.1.2)', async () => {
  const fullwidth = [...'passwordpassword']
    .map((letter) => String.fromCodePoint(letter.charCodeAt(0) + 0xfee0))
    .join('')
  assert.match(await reasonAgainst(fullwidth), /too common/, 'a common one in other letters')
  assert.match(await reasonAgainst('e\u0301'.repeat(6)), /Use at least 12/, 'six letters, typed as twelve')
  const long = 'o\u0308'.repeat(200)
  assert.deepEqual(await tryPassword(long), [303, 303], 'two hundred letters, typed as four hundred')
  const person = await app.visitor().register({ ...newPerson(), password: long.normalize('NFC') })
  assert.equal((await app.visitor().logIn({ ...person, password: long })).status, 303)
})
