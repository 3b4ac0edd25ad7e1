import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { confirmationMailByAccount } from '../../src/features/mail/verification.ts'
import { privatePage } from '../support/home.ts'
import { until } from '../support/server-process.ts'
import { locationOf } from '../support/visitor.ts'
import { openLink, startMailApp } from './support/app.ts'
import { linkIn } from './support/smtp.ts'

const app = await startMailApp({ REQUIRE_VERIFIED_EMAIL: 'true' })
const banner = /Please confirm your email address/

test('with REQUIRE_VERIFIED_EMAIL the dashboard requires a confirmed email address and says what to do', async () => {
  const visitor = app.visitor()
  const { email } = await visitor.register()
  assert.equal(locationOf(await visitor.get(privatePage)), '/verify-email')
  const wait = await visitor.get('/verify-email')
  assert.ok(wait.text.includes(email))
  assert.doesNotMatch(wait.text, banner)
  const sent = locationOf(await visitor.fillInAndSubmit('/verify-email'))
  assert.match((await visitor.get(sent)).text, /We&#39;re sending a new link/)
  const [registered, again] = [await app.smtp.next(email), await app.smtp.next(email)]
  assert.ok(linkIn(registered) !== linkIn(again))
  assert.match((await visitor.get('/account')).text, banner)
  await visitor.submit('/verify-email')
  await openLink(app, visitor, email)
  await visitor.fillInAndSubmit('/confirm-email')
  assert.equal((await visitor.get(privatePage)).status, 200)
  assert.doesNotMatch((await visitor.get('/account')).text, banner)
  assert.equal(locationOf(await visitor.get('/verify-email')), privatePage)
})

test('with REQUIRE_VERIFIED_EMAIL a script is refused with the reason', async () => {
  const visitor = app.visitor()
  await visitor.register()
  const { status, headers, text } = await visitor.get(privatePage).set('Accept', 'application/json')
  assert.deepEqual([status, headers['content-type']], [403, 'application/problem+json; charset=utf-8'])
  assert.match(text, /Go to \/verify-email to confirm your email address/)
})

test('the reminder to confirm is only on the dashboard and account page, and changes when the email is sent again', async () => {
  const visitor = app.visitor()
  await visitor.register()
  for (const path of ['/account/name', '/verify-email', '/'])
    assert.doesNotMatch((await visitor.get(path)).text, banner, path)
  assert.match((await visitor.get('/account')).text, banner)
  for (const path of ['/account', privatePage]) {
    const back = locationOf(await visitor.submit('/verify-email', { returnTo: path }))
    assert.equal(back, `${path}?sent=on`)
  }
  const { text } = await visitor.get('/account?sent=on')
  assert.match(text, /We're sending a new link/)
  assert.doesNotMatch(text, banner)
  assert.doesNotMatch(text, /role="status"/, 'one notice, not two')
})

test('the account page shows a pending email change, which can be sent again or canceled', async () => {
  const visitor = app.visitor()
  const { email } = await visitor.register()
  await app.smtp.next(email)
  const address = `new-${email}`
  assert.equal(locationOf(await visitor.submit('/account/email', { email: address })), '/account')
  const first = linkIn(await app.smtp.next(address))
  assert.match((await visitor.get('/account')).text, new RegExp(`We sent a link to ${address}\\.`))
  await visitor.submit('/account/email/again')
  assert.ok(linkIn(await app.smtp.next(address)) !== first)
  assert.match((await visitor.get('/account')).text, /We&#39;re sending another email/)
  await visitor.submit('/account/email/cancel')
  const { text } = await visitor.get('/account')
  assert.ok(text.includes(`Your email address is still ${email}.`) && !text.includes(address))
  await visitor.get(first)
  assert.equal((await visitor.get('/confirm-email')).status, 410)
  assert.equal(locationOf(await visitor.submit('/account/email/again')), '/account')
})

test('a new address whose email is sent too often is back in the form that asked for it', async () => {
  const visitor = app.visitor()
  const { email } = await visitor.register()
  const address = `new-${email}`
  await visitor.submit('/account/email', { email: address })
  let answer = await visitor.submit('/account/email/again')
  for (let times = 0; answer.status === 303 && times < 10; times += 1)
    answer = await visitor.submit('/account/email/again')
  assert.equal(answer.status, 429)
  assert.match(answer.text, /Too many attempts\. Wait/)
  assert.ok(answer.text.includes(`value="${address}"`))
})

test('opening a link confirms nothing; in another browser confirming requires signing in', async () => {
  const visitor = app.visitor()
  const person = await visitor.register()
  const elsewhere = app.visitor()
  const { page } = await openLink(app, elsewhere, person.email)
  assert.ok(page.text.includes(person.email))
  assert.match(page.text, /href="\/login\?returnTo=%2Fconfirm-email"/)
  assert.equal(locationOf(await elsewhere.submit('/confirm-email')), 'no redirect but 400')
  assert.equal(locationOf(await visitor.get(privatePage)), '/verify-email')
  assert.equal(locationOf(await elsewhere.logIn(person, { returnTo: '/confirm-email' })), '/confirm-email')
  assert.equal(locationOf(await elsewhere.fillInAndSubmit('/confirm-email')), '/account')
  assert.match((await elsewhere.get('/account')).text, /is confirmed\./)
  assert.equal((await visitor.get(privatePage)).status, 200)
  assert.equal((await elsewhere.submit('/confirm-email')).status, 410)
})

test("whoever registered with someone else's address gains nothing when its owner opens the email", async () => {
  const attacker = app.visitor()
  const { email } = await attacker.register()
  for (const owner of [app.visitor(), await memberVisitor()]) {
    const link = linkIn(await lastMail(email))
    await owner.get(link)
    const { text } = await owner.get('/confirm-email')
    assert.match(text, /Sign (in|out)/)
    const [, token = ''] = link.split('token=')
    const known = createHash('sha256').update(token).digest('hex').slice(0, 16)
    assert.equal(locationOf(await owner.submit('/confirm-email', { link: known })), '/confirm-email')
  }
  assert.equal(locationOf(await attacker.get(privatePage)), '/verify-email')
  const mail = await lastMail(email)
  assert.match(mail.text, /On \w+ \d+, \d{4} at \d+:\d\d\s[AP]M UTC/)
  assert.match(mail.text, /If this wasn't you/)
})

async function memberVisitor() {
  const visitor = app.visitor()
  await visitor.register()
  return visitor
}

async function lastMail(email: string) {
  await until('the email has come', () => app.smtp.mails.some(({ to }) => to === email))
  const mail = app.smtp.mails.findLast(({ to }) => to === email)
  assert.ok(mail)
  return mail
}

test('twenty simultaneous requests for another email send four', async () => {
  const visitor = app.visitor()
  const { email } = await visitor.register()
  await app.smtp.next(email)
  const answers = await Promise.all(Array.from({ length: 20 }, () => visitor.submit('/verify-email')))
  const { attempts } = confirmationMailByAccount
  assert.equal(answers.filter(({ status }) => status === 303).length, attempts)
  for (let times = 0; times < attempts; times += 1) await app.smtp.next(email)
})

test('one inbox gets at most five emails per hour, whoever requests them (ASVS 2.4.1)', async () => {
  const victim = 'victim@example.com'
  for (let times = 0; times < 3; times += 1) {
    const attacker = app.visitor()
    const { password } = await attacker.register()
    for (let again = 0; again < 4; again += 1)
      assert.equal(
        locationOf(await attacker.submit('/account/email', { email: victim, password })),
        '/account',
      )
  }
  const last = await app.visitor().register()
  await app.smtp.next(last.email)
  assert.equal(app.smtp.mails.filter(({ to }) => to === victim).length, 5)
})

test('requesting a new email address never shows whether it has an account (ASVS 6.3.8)', async () => {
  const taken = (await app.visitor().register()).email
  const statuses = []
  for (const email of [taken, `free-${taken}`]) {
    const visitor = app.visitor()
    const { password } = await visitor.register()
    const answers = []
    for (let times = 0; times < 6; times += 1)
      answers.push((await visitor.submit('/account/email', { email, password })).status)
    statuses.push(answers)
  }
  assert.deepEqual(statuses[0], [303, 303, 303, 303, 429, 429])
  assert.deepEqual(statuses[1], statuses[0])
})

test('the email can be sent again, at most five per hour in total', async () => {
  const visitor = app.visitor()
  const { email } = await visitor.register()
  await app.smtp.next(email)
  for (let times = 0; times < 4; times += 1) {
    const sent = locationOf(await visitor.submit('/verify-email', { returnTo: '/account' }))
    await app.smtp.next(email)
    assert.equal(sent, '/account?sent=on')
    const { text } = await visitor.get(sent)
    assert.match(text, /We're sending a new link to/)
    assert.doesNotMatch(text, /Please confirm your email address/)
  }
  const refused = await visitor.submit('/verify-email', { returnTo: '/account' })
  assert.equal(refused.status, 429)
  assert.match(refused.text, /Too many attempts\. Wait 60 minutes/)
  assert.match(
    refused.text,
    /<form method="post" action="\/verify-email">/,
    'the page itself, not an error page',
  )
  assert.match(refused.text, /name="returnTo" value="\/account"/)
})

test('a password reset confirms the address as well', async () => {
  const visitor = app.visitor()
  const { email } = await visitor.register()
  await app.smtp.next(email)
  await visitor.submit('/forgot-password', { email })
  await openLink(app, visitor, email)
  await visitor.fillInAndSubmit('/reset-password', { 'new-password': 'eleven purple kettles' })
  assert.equal((await visitor.get(privatePage)).status, 200)
})

test('a mistyped address can be changed, and that confirms the new one', async () => {
  const visitor = app.visitor()
  const { email, password } = await visitor.register()
  const right = `right-${email}`
  assert.match((await visitor.get('/verify-email')).text, /href="\/account\/email"/)
  await visitor.submit('/account/email', { email: right, password })
  await openLink(app, visitor, right)
  await visitor.fillInAndSubmit('/confirm-email')
  assert.equal((await visitor.get(privatePage)).status, 200)
})

test('changing the address requires a new, valid address', async () => {
  const visitor = app.visitor()
  const { email } = await visitor.register()
  for (const [fields, status, sentence] of [
    [{ email }, 422, /This is already your email address/],
    [{ email: 'x' }, 422, /in the format name@example\.com/],
    [{}, 422, /Enter your email address/],
  ] as const) {
    const answer = await visitor.submit('/account/email', fields)
    assert.equal(answer.status, status)
    assert.match(answer.text, sentence)
  }
})

test('an email address that has an account gets the same response, and its owner is notified', async () => {
  const [visitor, owner] = [app.visitor(), app.visitor()]
  const { email, password } = await visitor.register()
  const taken = (await owner.register()).email
  await app.smtp.next(taken)
  const answer = await visitor.submit('/account/email', { email: taken, password })
  assert.equal(locationOf(answer), '/account')
  assert.match((await app.smtp.next(taken)).subject, /already has an account/)
  assert.equal(await app.users.countDocuments({ email }), 1)
})

test('an address registered by someone else in the meantime stays theirs', async () => {
  const visitor = app.visitor()
  const { email, password } = await visitor.register()
  const wanted = `wanted-${email}`
  await visitor.submit('/account/email', { email: wanted, password })
  await openLink(app, visitor, wanted)
  await app.visitor().register({ name: 'Faster', email: wanted, password })
  assert.equal((await visitor.fillInAndSubmit('/confirm-email')).status, 410)
  assert.equal(await app.users.countDocuments({ email }), 1)
})

test('a password change cancels a requested address change', async () => {
  const visitor = app.visitor()
  const { email, password } = await visitor.register()
  const next = 'eleven purple kettles'
  await visitor.submit('/account/email', { email: `thief-${email}`, password })
  await visitor.submit('/account/password', { password, 'new-password': next })
  const thief = app.visitor()
  await openLink(app, thief, `thief-${email}`)
  assert.equal((await thief.submit('/confirm-email')).status, 410)
  assert.equal((await app.visitor().logIn({ email, password: next })).status, 303)
})

test('a token works for its own purpose only', async () => {
  const visitor = app.visitor()
  const { email } = await visitor.register()
  const link = linkIn(await app.smtp.next(email))
  await visitor.get(link.replace('/confirm-email', '/reset-password'))
  assert.equal((await visitor.get('/reset-password')).status, 410)
})
