import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { home } from '../support/home.ts'
import { cookiesOf, locationOf, newPerson } from '../support/visitor.ts'

const app = await startTestApp()
const otherPassword = 'eleven purple kettles'

test('registering signs the user in and welcomes them by name, once', async () => {
  const visitor = app.visitor()
  const person = { ...newPerson(), name: 'Ada Lovelace' }
  const answer = await visitor.fillInAndSubmit('/register', { ...person })
  assert.equal(answer.status, 303)
  assert.equal(locationOf(answer), home)
  const welcome = /Your account has been created\./
  const first = await visitor.get(home)
  assert.equal(first.status, 200)
  assert.match(first.text, welcome)
  assert.doesNotMatch((await visitor.get(home)).text, welcome)
})

test('an invalid form is shown again with what was typed and the errors next to their fields, without the password', async () => {
  const answer = await app.visitor().submit('/register', {
    name: 'Grace',
    email: 'grace(at)example.com',
    password: 'a secret of mine',
  })
  assert.equal(answer.status, 422)
  assert.match(answer.text, /value="Grace"/)
  assert.match(answer.text, /value="grace\(at\)example\.com"/)
  assert.match(answer.text, /aria-describedby="email-error"/)
  assert.match(answer.text, /id="email-error"[^>]*>Enter an email address in the format/)
  assert.doesNotMatch(answer.text, /a secret of mine/)
})

test('a form with several errors shows all of them at once, a weak password among them', async () => {
  for (const [password, problem] of [
    ['passwordpassword', /too common/],
    ['short', /Use at least 12 characters/],
    ['grace@grace', /Use at least|too similar/],
  ] as const) {
    const fields = { name: '', email: 'grace(at)example.com', password }
    const { text, status } = await app.visitor().submit('/register', fields)
    assert.equal(status, 422)
    for (const id of ['name', 'email', 'password']) assert.match(text, new RegExp(`id="${id}-error"`))
    assert.match(text, problem)
    const links = [...text.matchAll(/<a href="#([\w-]+)">([^<]+)<\/a>/g)].filter(([, id]) => id !== 'main')
    assert.ok(links.length >= 3)
    for (const [, id, words] of links) assert.ok(text.includes(`<label for="${id}">${words}</label>`), words)
  }
})

test('a name is normalized: single spaces between words, none around, and accents in one form', async () => {
  const person = { ...newPerson(), name: '  Zoe\u0308 \t van  Dijk ' }
  await app.visitor().register(person)
  assert.equal((await app.users.findOne({ email: person.email }))?.name, 'Zo\u00eb van Dijk')
})

for (const name of ['\u3164', '\u2800\u2800', '\u200d', '\u115f\u1160', '\u0301'])
  test(`a name must be visible: ${JSON.stringify(name)} is refused`, async () => {
    const answer = await app.visitor().fillInAndSubmit('/register', { ...newPerson(), name })
    assert.equal(answer.status, 422)
    assert.match(answer.text, /id="name-error"/)
  })

for (const name of ['O’Brien-Smith, Jr.', 'Nguyễn Thị Minh', '山田太郎', 'Åsa 🚲', 'é'.repeat(80)]) {
  test(`${name} is accepted as a name`, async () => {
    const visitor = app.visitor()
    await visitor.register({ ...newPerson(), name })
    assert.ok(await visitor.isSignedIn())
  })
}

test('a name is shown as text, whatever it contains', async () => {
  const visitor = app.visitor()
  await visitor.register({ ...newPerson(), name: '"><svg onload=alert(1)>' })
  const { text } = await visitor.get(home)
  assert.ok(!text.includes('<svg onload'))
  assert.match(text, /&lt;svg onload=alert\(1\)&gt;/)
})

test('every missing field gets its own message, and nothing is stored', async () => {
  const users = await app.users.countDocuments()
  const answer = await app.visitor().submit('/register', {})
  assert.equal(answer.status, 422)
  for (const sentence of ['Enter your name.', 'Enter your email address.', 'Choose a password.'])
    assert.ok(answer.text.includes(sentence), sentence)
  assert.deepEqual(cookiesOf(answer), [])
  assert.equal(await app.users.countDocuments(), users)
})

test('an email address gets one account, however it is capitalized or spaced (ASVS 2.2.1)', async () => {
  const person = await app.visitor().register({ ...newPerson(), email: 'Rosalind@Example.com' })
  const shouted = { ...person, email: ' rosalind@EXAMPLE.com ' }
  const again = await app.visitor().fillInAndSubmit('/register', { ...shouted, password: otherPassword })
  assert.equal(again.status, 422)
  assert.match(again.text, /An account with this email address already exists/)
  assert.equal(await app.users.countDocuments({ email: 'rosalind@example.com' }), 1)
  assert.equal((await app.visitor().logIn(shouted)).status, 303)
})

test('an address at müller.de or почта.рф gets one account, however the browser sends it', async () => {
  for (const [typed, sent] of [
    ['ada@Müller.de', 'ada@xn--mller-kva.de'],
    ['ivan@почта.рф', 'ivan@xn--80a1acny.xn--p1ai'],
    ['hana@例え。テスト', 'hana@xn--r8jz45g.xn--zckzah'],
  ] as const) {
    const person = await app.visitor().register({ ...newPerson(), email: typed })
    const again = await app
      .visitor()
      .fillInAndSubmit('/register', { ...person, email: sent, password: otherPassword })
    assert.match(again.text, /An account with this email address already exists/)
    for (const email of [typed, sent])
      assert.equal((await app.visitor().logIn({ ...person, email })).status, 303, email)
    assert.equal(await app.users.countDocuments({ email: sent }), 1)
  }
})

test('an email address is ASCII before the @, so no look-alike makes a second account (ASVS 2.2.1)', async () => {
  const users = await app.users.countDocuments()
  for (const email of [
    '\u0430da@example.com',
    'ada\u200b@example.com',
    '\uff41da@example.com',
    'ada\u00ad@example.com',
  ]) {
    const { status } = await app.visitor().fillInAndSubmit('/register', { ...newPerson(), email })
    assert.equal(status, 422, email)
    assert.equal((await app.visitor().submit('/login', { email, password: 'x' })).status, 422, email)
  }
  assert.equal(await app.users.countDocuments(), users)
})

test('line breaks and lists of addresses are not an email address (ASVS 1.3.11)', async () => {
  for (const email of [
    'a@example.com\r\nBcc: b@example.com',
    'a@example.com\nb@example.com',
    'a@example.com,b@example.com',
    'a@example.com;b@example.com',
    'A <a@example.com>',
  ]) {
    const { status } = await app.visitor().fillInAndSubmit('/register', { ...newPerson(), email })
    assert.equal(status, 422, email)
  }
  assert.equal(await app.users.countDocuments({ email: /^a@|^b@/ }), 0)
})

test('an address that another tool stored with capitals signs in, and makes no second account', async () => {
  const imported = await app.visitor().register()
  await app.users.updateOne({ email: imported.email }, { $set: { email: imported.email.toUpperCase() } })
  const second = { ...imported, password: otherPassword }
  assert.equal((await app.visitor().fillInAndSubmit('/register', second)).status, 422)
  assert.equal((await app.visitor().logIn(imported)).status, 303)
  assert.equal(await app.users.countDocuments({ email: imported.email }), 1, 'in lowercase from then on')
})

test('ten simultaneous registrations of one email address create one account and no error page, and everyone with the password is signed in (ASVS 2.3.4)', async () => {
  const form = await app.visitor().filledIn('/register', { ...newPerson() })
  const forms = Array.from({ length: 10 }, (_, n) => (n % 2 ? form : { ...form, password: otherPassword }))
  const answers = await Promise.all(forms.map((one) => app.visitor().submit('/register', one)))
  const statuses = answers.map(({ status }) => status).sort()
  const [isIn, isTaken] = [303, 422].map((status) => Array.from({ length: 5 }, () => status))
  assert.deepEqual(statuses, [isIn, isTaken].flat())
  assert.equal(await app.users.countDocuments({ email: form.email }), 1)
})

test('additional fields change nothing (ASVS 8.2.3)', async () => {
  const plain = newPerson()
  const odd = newPerson()
  const extra = {
    role: 'admin',
    isAdmin: 'true',
    _id: '65f0c0ffee0000000000cafe',
    epoch: '9',
    passwordHash: 'x',
    emailVerifiedAt: '2026-01-01',
    createdAt: '1970-01-01',
    __v: '7',
  }
  await app.visitor().register(plain)
  assert.equal((await app.visitor().fillInAndSubmit('/register', { ...odd, ...extra })).status, 303)
  const [without, stored] = [
    await app.users.findOne({ email: plain.email }),
    await app.users.findOne({ email: odd.email }),
  ]
  assert.deepEqual(Object.keys(stored ?? {}).sort(), Object.keys(without ?? {}).sort())
  assert.notEqual(String(stored?._id), extra._id)
  assert.deepEqual([stored?.__v, stored?.epoch], [0, 0])
  assert.ok(stored?.createdAt.getUTCFullYear() > 1970)
  assert.match(stored?.passwordHash, /^\$argon2id\$/)
})
