import assert from 'node:assert/strict'
import { test } from 'node:test'
import supertest from 'supertest'
import { limits } from '../../src/limits.ts'
import { openLink, startMailApp } from '../support/mail-app.ts'
import { linkIn } from '../support/smtp.ts'
import { cookiesOf, locationOf, newPerson, type Person, type Visitor } from '../support/visitor.ts'

// The part of test/security/ that goes with the mail; in the table of docs/security.md it stands among the others.

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

test('1.3.11 no mail goes to what is more than one address', async () => {
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

test('2.4.1 one question for a new password too many from one address is a page that says how long to wait', async () => {
  const visitor = app.visitor()
  for (let tries = 0; tries < limits.forgotPasswordByAddress.tries; tries += 1)
    assert.equal(
      (await visitor.submit('/forgot-password', { email: `nobody${tries}@example.com` })).status,
      303,
    )
  const refused = await visitor.submit('/forgot-password', { email: 'nobody@example.com' })
  assert.equal(refused.status, 429)
  assert.ok(Number(refused.headers['retry-after']) > 0)
  assert.match(refused.text, /value="nobody@example\.com"/)
})

test('2.4.1 one confirmation mail too many from one address is refused', async () => {
  const { visitor } = await member()
  for (let tries = 0; tries < limits.confirmationMailByAddress.tries; tries += 1)
    assert.equal((await visitor.submit('/verify-email')).status, 303)
  const refused = await visitor.submit('/verify-email')
  assert.equal(refused.status, 429)
  assert.ok(Number(refused.headers['retry-after']) > 0)
})

test('3.4.5 the page behind a mailed link tells no site at all from where somebody came', async () => {
  for (const path of ['/reset-password', `/reset-password?token=${'a'.repeat(43)}`, '/confirm-email'])
    assert.equal((await app.visitor().get(path)).headers['referrer-policy'], 'no-referrer')
})

test('3.5.1 no form of the mail part does anything from another site', async () => {
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

test('6.3.4 a reset asks the same of a new password as a registration', async () => {
  const { person } = await member()
  const visitor = await whoeverOpened(await resetLink(person.email))
  for (const [poor, reason] of [
    ['elevenchars', /at least 12 characters/],
    ['passwordpassword', /every list that attackers try/],
    [person.email, /too close to your email address/],
  ] as const) {
    const refused = await reset(visitor, poor)
    assert.equal(refused.status, 422)
    assert.match(refused.text, reason)
  }
  assert.equal((await reset(visitor)).status, 303, 'the link still works')
})

test('6.3.8 whoever asks for a new password gets the same answer for a known and an unknown email', async () => {
  const { person } = await member()
  const answers = []
  for (const email of [person.email, 'nobody@example.com']) {
    const visitor = app.visitor()
    const { status, headers } = await visitor.submit('/forgot-password', { email })
    const { text } = await visitor.get('/forgot-password')
    answers.push({
      status,
      location: headers.location,
      names: Object.keys(headers),
      text: text.replaceAll(email, 'EMAIL'),
    })
  }
  assert.deepEqual(answers[1], answers[0])
})

test('6.4.3 opening the link moves the token out of the address, and uses nothing up', async () => {
  const { person } = await member()
  await app.visitor().submit('/forgot-password', { email: person.email })
  const visitor = app.visitor()
  const { link, landing, page } = await openLink(app, visitor, person.email)
  assert.equal(locationOf(landing), '/reset-password')
  assert.match(cookiesOf(landing)[0] ?? '', /^link=.*; Path=\/reset-password; .*HttpOnly; SameSite=Lax$/)
  assert.ok(!page.text.includes(link.split('token=')[1] ?? 'none'))
  for (let times = 0; times < 3; times += 1) await app.visitor().get(link)
  assert.equal(locationOf(await reset(visitor)), '/dashboard')
})

test('6.4.3 asking for a new password changes nothing for the owner: the old one and all sessions go on', async () => {
  const { visitor, person } = await member()
  await resetLink(person.email)
  assert.equal((await visitor.get('/dashboard')).status, 200)
  assert.equal((await app.visitor().logIn(person)).status, 303)
})

test('6.5.1 a link works once, also for twenty at the same time, and only for what it was sent for', async () => {
  const { person } = await member()
  const link = await resetLink(person.email)
  const visitors = await Promise.all(Array.from({ length: 20 }, () => whoeverOpened(link)))
  const answers = await Promise.all(visitors.map((visitor, index) => reset(visitor, `${next} ${index}`)))
  assert.deepEqual(answers.map(({ status }) => status).sort(), [
    303,
    ...Array.from({ length: 19 }, () => 410),
  ])
  assert.equal((await reset(await whoeverOpened(link))).status, 410)
  // The mail about the new password.
  await app.smtp.next(person.email)
  const other = await resetLink(person.email)
  const elsewhere = await whoeverOpened(other.replace('/reset-password', '/confirm-email'))
  assert.equal((await elsewhere.submit('/confirm-email')).status, 410)
})

test('6.5.2 a token is stored as a hash only', async () => {
  const { person } = await member()
  const token = (await resetLink(person.email)).split('token=')[1] ?? 'none'
  assert.equal(await tokens.countDocuments({ email: person.email, purpose: 'reset-password' }), 1)
  assert.ok(!JSON.stringify(await tokens.find().toArray()).includes(token))
})

test('6.5.3 every token is new, and not derived from who asks', async () => {
  const { person } = await member()
  const [first, second] = [await resetLink(person.email), await resetLink(person.email)]
  assert.notEqual(first, second)
})

test('6.5.4 a token has 32 random bytes', async () => {
  const { person } = await member()
  const token = (await resetLink(person.email)).split('token=')[1] ?? ''
  assert.equal(Buffer.from(token, 'base64url').length, 32)
})

test('6.5.5 a link to a new password works for ten minutes, and not after a new password or address', async () => {
  for (const change of [
    (email: string) =>
      tokens.updateOne({ email, purpose: 'reset-password' }, { $set: { expires: new Date() } }),
    (email: string) => app.users.updateOne({ email }, { $inc: { epoch: 1 } }),
    (email: string) => app.users.updateOne({ email }, { $set: { email: `moved-${email}` } }),
  ]) {
    const { person } = await member()
    const visitor = await whoeverOpened(await resetLink(person.email))
    const token = await tokens.findOne({ email: person.email, purpose: 'reset-password' })
    assert.equal(token?.expires - token?.createdAt, 600_000)
    await change(person.email)
    assert.equal((await reset(visitor)).status, 410)
  }
})

test('7.4.3 a reset ends every session of before', async () => {
  const { visitor, person } = await member()
  assert.equal((await reset(await whoeverOpened(await resetLink(person.email)))).status, 303)
  assert.match(locationOf(await visitor.get('/dashboard')), /^\/login/)
  assert.equal((await app.visitor().logIn(person)).status, 401)
})

test('7.5.1 a new email address asks for the password again, and is told to the old one', async () => {
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

test('8.2.1 a guest is sent to sign in by the private routes of the mail part', async () => {
  for (const path of ['/verify-email', '/account/email']) {
    assert.match(locationOf(await app.visitor().get(path)), /^\/login\?returnTo=/)
    assert.equal(locationOf(await app.visitor().submit(path, forms[path])), '/login')
  }
})
