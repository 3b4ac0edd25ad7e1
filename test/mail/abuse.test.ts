import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forgotPasswordByAddress } from '../../src/features/mail/reset.ts'
import { confirmationMailByAddress } from '../../src/features/mail/verification.ts'
import { privatePage } from '../support/home.ts'
import { ask } from '../support/http.ts'
import { forgetConfirmation } from '../support/member.ts'
import { cookiesOf, locationOf, newPerson, type Person, Visitor } from '../support/visitor.ts'
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

/** A new user, whose confirmation email has arrived. */
async function member(): Promise<{ visitor: Visitor; person: Person }> {
  await app.forgetTries()
  const visitor = app.visitor()
  const person = await visitor.register()
  await app.smtp.next(person.email)
  return { visitor, person }
}

/** The link of a reset email to this address. */
async function resetLink(email: string): Promise<string> {
  await app.visitor().submit('/forgot-password', { email })
  return linkIn(await app.smtp.next(email))
}

async function whoOpened(link: string): Promise<Visitor> {
  const visitor = app.visitor()
  await visitor.get(link)
  return visitor
}

function reset(visitor: Visitor, password = next) {
  return visitor.fillInAndSubmit('/reset-password', { 'new-password': password })
}

test('an email goes to one address only (ASVS 1.3.11)', async () => {
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

test('too many reset requests from one IP address are refused, with how long to wait (ASVS 2.4.1)', async () => {
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

test('an IPv6 site has a limit of its own (ASVS 2.4.1)', async () => {
  const askFrom = async (address: string) =>
    (await new Visitor(app.server, address).submit('/forgot-password', { email: 'nobody@example.com' }))
      .status
  for (let index = 0; index < forgotPasswordByAddress.attempts * 4; index += 1)
    assert.equal(await askFrom(`2001:db8:9:${index.toString(16)}::1`), 303)
  assert.equal(await askFrom('2001:db8:9:ffff::1'), 429)
  assert.equal(await askFrom('2001:db8:a:ffff::1'), 303, 'another site')
})

test('too many requests for confirmation emails from one IP address are refused (ASVS 2.4.1)', async () => {
  const members = Array.from({ length: 6 }, () => new Visitor(app.server, '192.0.2.88'))
  for (const visitor of members) await visitor.register()
  for (let tries = 0; tries < confirmationMailByAddress.attempts; tries += 1)
    assert.equal((await members[tries % 5]?.submit('/verify-email'))?.status, 303)
  const refused = await (members[5] ?? app.visitor()).submit('/verify-email')
  assert.equal(refused.status, 429)
  assert.ok(Number(refused.headers['retry-after']) > 0)
})

test('opening an emailed link never sends its URL as the referrer (ASVS 3.4.5)', async () => {
  for (const path of ['/reset-password', '/confirm-email']) {
    const { status, headers } = await app.visitor().get(`${path}?token=${'a'.repeat(43)}`)
    assert.deepEqual([status, headers.location, headers['referrer-policy']], [303, path, 'no-referrer'])
  }
})

test('browsers that send only Origin can use the form behind an emailed link', async () => {
  const { person } = await member()
  const visitor = await whoOpened(await resetLink(person.email))
  // Without a referrer they would say "Origin: null".
  assert.equal((await visitor.get('/reset-password')).headers['referrer-policy'], 'same-origin')
})

test('forms of the email pages do nothing when sent from another site (ASVS 3.5.1)', async () => {
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
      const answer = await ask(app.server)
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

test('requesting a reset changes nothing: the password and all sessions still work (ASVS 6.4.3)', async () => {
  const { visitor, person } = await member()
  await resetLink(person.email)
  assert.equal((await visitor.get(privatePage)).status, 200)
  assert.equal((await app.visitor().logIn(person)).status, 303)
})

test('a link works only for its own purpose (ASVS 6.5.1)', async () => {
  const { person } = await member()
  const link = await resetLink(person.email)
  const elsewhere = await whoOpened(link.replace('/reset-password', '/confirm-email'))
  assert.equal((await elsewhere.submit('/confirm-email')).status, 410)
  assert.equal((await reset(await whoOpened(link))).status, 303)
})

test('every token is new and has 32 random bytes (ASVS 6.5.3, 6.5.4)', async () => {
  const { person } = await member()
  const first = await resetLink(person.email)
  await app.forgetTries()
  const second = await resetLink(person.email)
  assert.notEqual(first, second)
  for (const link of [first, second])
    assert.equal(Buffer.from(link.split('token=')[1] ?? '', 'base64url').length, 32)
})

test('a password reset ends all earlier sessions (ASVS 7.4.3)', async () => {
  const { visitor, person } = await member()
  assert.equal((await reset(await whoOpened(await resetLink(person.email)))).status, 303)
  assert.ok(!(await visitor.isSignedIn()))
  assert.equal((await app.visitor().logIn(person)).status, 401)
})

test('changing the email address requires the password and notifies the old address (ASVS 7.5.1)', async () => {
  const { visitor, person } = await member()
  const email = `new-${person.email}`
  await forgetConfirmation(app, person)
  const asked = await visitor.submit('/account/email', { email })
  assert.equal(asked.status, 401)
  assert.match(asked.text, new RegExp(`name="email" value="${email}"`))
  const sent = { email, returnTo: '/account/email', again: 'on' }
  assert.equal((await visitor.submit('/confirm', { ...sent, password: 'not the password' })).status, 401)
  assert.equal((await visitor.submit('/confirm', { ...sent, password: person.password })).status, 307)
  assert.equal(locationOf(await visitor.submit('/account/email', sent)), '/account')
  await visitor.get(linkIn(await app.smtp.next(email)))
  assert.equal((await visitor.fillInAndSubmit('/confirm-email')).status, 303)
  assert.ok(await app.users.findOne({ email }))
  for (const subject of ['Request to change your email address', 'Your email address was changed'])
    assert.equal((await app.smtp.next(person.email)).subject, subject)
})

test('every field has the right autocomplete value', async () => {
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
    for (const input of inputs.filter((input) => !/\shidden\b|type="hidden"/.test(input))) {
      const [, id] = /\sid="([^"]+)"/.exec(input) ?? []
      assert.ok(text.includes(`<label for="${id}">`), `${path}: ${input}`)
      assert.match(input, /\srequired\b/, path)
    }
    return [
      path,
      inputs
        .filter((input) => !/type="hidden"/.test(input))
        .map((input) => /autocomplete="([^"]+)"/.exec(input)?.[1]),
    ]
  })
  assert.deepEqual(Object.fromEntries(completions), {
    '/account/email': ['email'],
    '/forgot-password': ['username'],
    '/reset-password': ['username', 'new-password'],
  })
})
