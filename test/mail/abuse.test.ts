import assert from 'node:assert/strict'
import { test } from 'node:test'
import supertest from 'supertest'
import { forgotPasswordByAddress } from '../../src/features/mail/reset.ts'
import { confirmationMailByAddress } from '../../src/features/mail/verification.ts'
import { privatePage } from '../support/home.ts'
import { cookiesOf, locationOf, newPerson, type Person, type Visitor } from '../support/visitor.ts'
import { openLink, startMailApp } from './support/app.ts'
import { linkIn } from './support/smtp.ts'

const app = await startMailApp()
const tokens = app.database.client.db().collection('tokens')
const next = 'eleven purple kettles'
const forms: Record<string, Record<string, string>> = {
  '/forgot-password': { email: 'nobody@example.com' },
  '/reset-password': { 'new-password': next },
  '/confirm-email': {},
  '/verify-email': {},
  '/account/email': { email: 'new@example.com', password: newPerson().password },
}

/** A new person, whose mail about the registration has come. */
async function member(): Promise<{ visitor: Visitor; person: Person }> {
  await app.forgetTries()
  const visitor = app.visitor()
  const person = await visitor.register()
  await app.smtp.next(person.email)
  return { visitor, person }
}

/** A link to a new password for this address, as the mail has it. */
async function resetLink(email: string): Promise<string> {
  await app.visitor().submit('/forgot-password', { email })
  return linkIn(await app.smtp.next(email))
}

async function whoeverOpened(link: string): Promise<Visitor> {
  const visitor = app.visitor()
  await visitor.get(link)
  return visitor
}

function reset(visitor: Visitor, password = next) {
  return visitor.submit('/reset-password', { 'new-password': password })
}

test('no mail goes to what is more than one address (ASVS 1.3.11)', async () => {
  const { visitor, person } = await member()
  const before = app.smtp.mails.length
  for (const email of [
    'a@example.com\r\nBcc: b@example.com',
    'a@example.com,b@example.com',
    `${person.email},b@example.com`,
    'A <a@example.com>',
  ]) {
    assert.equal((await app.visitor().submit('/forgot-password', { email })).status, 422)
    assert.equal((await visitor.submit('/account/email', { email, password: person.password })).status, 422)
  }
  await resetLink(person.email)
  assert.deepEqual(
    app.smtp.mails.slice(before).map(({ to }) => to),
    [person.email],
  )
})

test('one question for a new password too many from one address is a page that says how long to wait (ASVS 2.4.1)', async () => {
  const visitor = app.visitor()
  for (let tries = 0; tries < forgotPasswordByAddress.attempts; tries += 1)
    assert.equal(
      (await visitor.submit('/forgot-password', { email: `nobody${tries}@example.com` })).status,
      303,
    )
  const refused = await visitor.submit('/forgot-password', { email: 'nobody@example.com' })
  assert.equal(refused.status, 429)
  assert.ok(Number(refused.headers['retry-after']) > 0)
  assert.match(refused.text, /value="nobody@example\.com"/)
})

test('one confirmation mail too many from one address is refused (ASVS 2.4.1)', async () => {
  const { visitor } = await member()
  for (let tries = 0; tries < confirmationMailByAddress.attempts; tries += 1)
    assert.equal((await visitor.submit('/verify-email')).status, 303)
  const refused = await visitor.submit('/verify-email')
  assert.equal(refused.status, 429)
  assert.ok(Number(refused.headers['retry-after']) > 0)
})

test('the page behind a mailed link tells no site at all from where somebody came (ASVS 3.4.5)', async () => {
  for (const path of ['/reset-password', `/reset-password?token=${'a'.repeat(43)}`, '/confirm-email'])
    assert.equal((await app.visitor().get(path)).headers['referrer-policy'], 'no-referrer')
})

test('no form of the mail part does anything from another site (ASVS 3.5.1)', async () => {
  const { visitor, person } = await member()
  const link = await resetLink(person.email)
  const opened = await visitor.get(link)
  const before = [await app.users.find().toArray(), await tokens.find().toArray(), app.smtp.mails.length]
  const cookies = [...cookiesOf(opened), ...cookiesOf(await visitor.get('/'))]
  for (const [path, fields] of Object.entries(forms)) {
    for (const headers of [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { Origin: 'null' },
      {},
    ]) {
      const answer = await supertest(app.server)
        .post(path)
        .set({ ...headers, Cookie: cookies.map((cookie) => cookie.split(';', 1)[0]).join('; ') })
        .type('form')
        .send(fields)
      assert.equal(answer.status, 403, path)
    }
  }
  assert.deepEqual(
    [await app.users.find().toArray(), await tokens.find().toArray(), app.smtp.mails.length],
    before,
  )
})

test('asking for a new password changes nothing for the owner: the old one and all sessions go on (ASVS 6.4.3)', async () => {
  const { visitor, person } = await member()
  await resetLink(person.email)
  assert.equal((await visitor.get(privatePage)).status, 200)
  assert.equal((await app.visitor().logIn(person)).status, 303)
})

test('a link works only for what it was sent for (ASVS 6.5.1)', async () => {
  const { person } = await member()
  const link = await resetLink(person.email)
  const elsewhere = await whoeverOpened(link.replace('/reset-password', '/confirm-email'))
  assert.equal((await elsewhere.submit('/confirm-email')).status, 410)
  assert.equal((await reset(await whoeverOpened(link))).status, 303)
})

test('every token is new, 32 random bytes, and not derived from who asks (ASVS 6.5.3, 6.5.4)', async () => {
  const { person } = await member()
  const [first, second] = [await resetLink(person.email), await resetLink(person.email)]
  assert.notEqual(first, second)
  for (const link of [first, second])
    assert.equal(Buffer.from(link.split('token=')[1] ?? '', 'base64url').length, 32)
})

test('a reset ends every session of before (ASVS 7.4.3)', async () => {
  const { visitor, person } = await member()
  assert.equal((await reset(await whoeverOpened(await resetLink(person.email)))).status, 303)
  assert.ok(!(await visitor.isSignedIn()))
  assert.equal((await app.visitor().logIn(person)).status, 401)
})

test('a new email address asks for the password again, and is told to the old one (ASVS 7.5.1)', async () => {
  const { visitor, person } = await member()
  const email = `new-${person.email}`
  assert.equal((await visitor.submit('/account/email', { email })).status, 422)
  assert.equal((await visitor.submit('/account/email', { email, password: 'not the password' })).status, 401)
  assert.equal(
    locationOf(await visitor.submit('/account/email', { email, password: person.password })),
    '/account',
  )
  const confirming = await whoeverOpened(linkIn(await app.smtp.next(email)))
  assert.equal((await confirming.submit('/confirm-email')).status, 303)
  assert.ok(await app.users.findOne({ email }))
  assert.match((await app.smtp.next(person.email)).text, /address/)
})

test('every field tells the browser what belongs into it', async () => {
  const {
    visitor,
    person: { email },
  } = await member()
  await visitor.submit('/forgot-password', { email })
  const pages: Record<string, string> = {
    '/reset-password': (await openLink(app, visitor, email)).page.text,
    '/forgot-password': (await visitor.get('/forgot-password')).text,
  }
  pages['/account/email'] = (await visitor.get('/account/email')).text
  const completions = Object.entries(pages).map(([path, text]) => {
    const inputs = [...text.matchAll(/<input\b[^>]*>/g)].map(([input]) => input)
    for (const input of inputs.filter((input) => !/\shidden\b/.test(input))) {
      const [, id] = /\sid="([^"]+)"/.exec(input) ?? []
      assert.ok(text.includes(`<label for="${id}">`), `${path}: ${input}`)
      assert.match(input, /\srequired\b/, path)
    }
    return [path, inputs.map((input) => /autocomplete="([^"]+)"/.exec(input)?.[1])]
  })
  assert.deepEqual(Object.fromEntries(completions), {
    '/account/email': ['email', 'current-password'],
    '/forgot-password': ['username'],
    '/reset-password': ['username', 'new-password'],
  })
})
