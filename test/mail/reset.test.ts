import assert from 'node:assert/strict'
import { test } from 'node:test'
import { home, privatePage } from '../support/home.ts'
import { until } from '../support/server-process.ts'
import { cookiesOf, locationOf } from '../support/visitor.ts'
import { openLink, startMailApp } from './support/app.ts'
import { linkIn } from './support/smtp.ts'

const app = await startMailApp()
const tokens = app.database.client.db().collection('tokens')
const next = 'eleven purple kettles'

test('register, confirm, reset the password in another browser, change the email address, delete the account', async () => {
  const [first, second] = [app.visitor(), app.visitor()]
  const { email, password } = await first.register()
  assert.match((await first.get(privatePage)).text, /Please confirm your email address/)

  await openLink(app, first, email)
  assert.equal(locationOf(await first.fillInAndSubmit('/confirm-email')), '/account')
  const confirmed = (await first.get('/account')).text
  assert.match(confirmed, /is confirmed\./)
  assert.doesNotMatch(confirmed, /Please confirm your email address/)

  await second.submit('/forgot-password', { email })
  assert.match((await second.get('/forgot-password/sent')).text, /has an account, we&#39;ll email you a link/)
  const { page } = await openLink(app, second, email)
  assert.match(page.text, /Choose a new password/)
  const reset = await second.fillInAndSubmit('/reset-password', { 'new-password': next })
  assert.equal(locationOf(reset), home)
  assert.match(
    (await second.get(home)).text,
    /Your password has been changed\. You&#39;ve been signed out everywhere else\./,
  )
  assert.match(locationOf(await first.get(privatePage)), /^\/login/)
  assert.equal((await first.logIn({ email, password })).status, 401)
  assert.match((await app.smtp.next(email)).subject, /password was changed/)

  const newEmail = `new-${email}`
  await second.submit('/account/email', { email: newEmail, password: next })
  assert.match(
    (await second.get('/account')).text,
    /Your email address will change once you confirm the new one/,
  )
  assert.match(
    (await app.smtp.next(email)).text,
    new RegExp(`change your account's email address to ${newEmail}`),
  )
  await openLink(app, second, newEmail)
  assert.equal((await first.logIn({ email: newEmail, password: next })).status, 401)
  await second.fillInAndSubmit('/confirm-email')
  assert.match((await app.smtp.next(email)).text, new RegExp(`email address is now ${newEmail}`))
  assert.equal((await first.logIn({ email, password: next })).status, 401)
  assert.equal((await first.logIn({ email: newEmail, password: next })).status, 303)

  await second.submit('/account/delete', { delete: 'account' })
  assert.match(locationOf(await first.get(privatePage)), /^\/login/)
  assert.equal(await app.users.countDocuments(), 0)
  assert.equal(await app.sessions.countDocuments({ 'session.passport.user': { $exists: true } }), 0)
  assert.equal(await app.database.client.db().collection('tokens').countDocuments(), 0)
})

test('the email address entered on the sign-in page is carried over', async () => {
  const typed = {
    email: 'ada@example.com',
    password: 'half of it',
    returnTo: '',
    remember: 'on',
    begin: 'on',
  }
  const { status, text } = await app.visitor().submit('/forgot-password', typed)
  assert.equal(status, 200)
  assert.match(text, /<form method="post" action="\/forgot-password"/)
  assert.match(text, /value="ada@example\.com"/)
  assert.ok(!text.includes(typed.password))
})

test('a known and an unknown email address get the same response (ASVS 6.3.8)', async () => {
  const { email } = await app.visitor().register()
  await app.smtp.next(email)
  const answers = []
  for (const address of [email, 'nobody@example.com']) {
    const visitor = app.visitor()
    const { status, headers } = await visitor.submit('/forgot-password', { email: address })
    const page = await visitor.get('/forgot-password/sent')
    const without = (text: string) => text.replaceAll(address, 'ADDRESS')
    answers.push({
      status,
      location: headers.location,
      names: Object.keys(headers),
      page: without(page.text),
      pageNames: Object.keys(page.headers),
    })
  }
  assert.deepEqual(answers[1], answers[0])
  await app.smtp.next(email)
  assert.ok(!app.smtp.mails.some(({ to }) => to === 'nobody@example.com'))
})

test('a known and an unknown email address leave the same trace in the database', async () => {
  const { email } = await app.visitor().register()
  await app.smtp.next(email)
  const traces = []
  for (const address of [email, 'nobody-else@example.com']) {
    await tokens.deleteMany({})
    await app.visitor().submit('/forgot-password', { email: address })
    await until('there is a token', async () => (await tokens.countDocuments()) === 1)
    const [token] = await tokens.find().toArray()
    traces.push({ keys: Object.keys(token ?? {}), purpose: token?.purpose, epoch: token?.epoch })
  }
  assert.deepEqual(traces[1], traces[0])
})

test('the email has a text and an HTML part, and one link, which begins with the configured origin', async () => {
  const { email } = await app.visitor().register()
  await app.smtp.next(email)
  await app
    .visitor()
    .submit('/forgot-password', { email })
    .set('Host', 'evil.example')
    .set('X-Forwarded-Host', 'evil.example')
  const mail = await app.smtp.next(email)
  const link = `http://localhost:3000${linkIn(mail)}`
  assert.equal(mail.subject, 'Choose a new password')
  assert.match(mail.headers, /^From: Latchkey <hello@example\.com>$/m)
  assert.ok(mail.html.includes(`href="${link}"`))
  assert.doesNotMatch(mail.text + mail.html, /evil/)
})

test("opening the link removes the token from the URL and doesn't use it up (ASVS 3.4.5, 6.4.3)", async () => {
  const { email } = await app.visitor().register()
  await app.smtp.next(email)
  const scanner = app.visitor()
  await scanner.submit('/forgot-password', { email })
  const { link, landing, page } = await openLink(app, scanner, email)
  assert.equal(locationOf(landing), '/reset-password')
  assert.equal(landing.headers['referrer-policy'], 'no-referrer')
  const [cookie = ''] = cookiesOf(landing)
  assert.match(cookie, /^link=[\w-]{43}; Max-Age=1800; Path=\/reset-password; .*HttpOnly; SameSite=Lax$/)
  const token = link.split('token=')[1] ?? 'none'
  assert.ok(!page.text.includes(token))
  assert.ok(page.text.includes(email))
  for (let times = 0; times < 3; times += 1) await app.visitor().get(link)

  const owner = app.visitor()
  await owner.get(link)
  assert.equal(locationOf(await owner.fillInAndSubmit('/reset-password', { 'new-password': next })), home)
  assert.equal((await scanner.get('/reset-password')).status, 410)
})

test('exactly one of twenty simultaneous uses of a link succeeds (ASVS 6.5.1)', async () => {
  const { email } = await app.visitor().register()
  await app.smtp.next(email)
  await app.visitor().submit('/forgot-password', { email })
  const link = linkIn(await app.smtp.next(email))
  const visitors = Array.from({ length: 20 }, () => app.visitor())
  for (const visitor of visitors) await visitor.get(link)
  const forms = await Promise.all(
    visitors.map((visitor, index) =>
      visitor.filledIn('/reset-password', { 'new-password': `${next} ${index}` }),
    ),
  )
  const answers = await Promise.all(
    visitors.map((visitor, index) => visitor.submit('/reset-password', forms[index])),
  )
  const statuses = answers.map(({ status }) => status).sort()
  assert.deepEqual(statuses, [303, ...Array.from({ length: 19 }, () => 410)])
  const winner = answers.findIndex(({ status }) => status === 303)
  assert.equal((await app.visitor().logIn({ email, password: `${next} ${winner}` })).status, 303)
})

test('a link stops working after ten minutes, a password change or an address change (ASVS 6.5.5)', async () => {
  const dead = async (change: (email: string) => Promise<unknown>) => {
    const person = await app.visitor().register()
    await app.smtp.next(person.email)
    const visitor = app.visitor()
    await visitor.submit('/forgot-password', { email: person.email })
    await openLink(app, visitor, person.email)
    const form = await visitor.filledIn('/reset-password', { 'new-password': next })
    await change(person.email)
    assert.equal((await visitor.get('/reset-password')).status, 410, 'before a new password is typed')
    assert.equal((await visitor.submit('/reset-password', form)).status, 410)
    assert.equal((await app.visitor().logIn({ ...person, password: next })).status, 401)
  }
  await dead(async (email) => {
    const token = await tokens.findOne({ email, purpose: 'reset-password' })
    assert.ok(token)
    assert.ok(token.expires <= new Date(Date.now() + 600_000))
    return await tokens.updateOne({ _id: token._id }, { $set: { expires: new Date() } })
  })
  await dead((email) => app.users.updateOne({ email }, { $inc: { epoch: 1 } }))
  await dead((email) => app.users.updateOne({ email }, { $set: { email: `moved-${email}` } }))
})

test('a weak new password is refused with the reason, and the link still works (ASVS 6.3.4)', async () => {
  const { email } = await app.visitor().register()
  await app.smtp.next(email)
  const visitor = app.visitor()
  await visitor.submit('/forgot-password', { email })
  await openLink(app, visitor, email)
  const refused = await visitor.fillInAndSubmit('/reset-password', { 'new-password': 'passwordpassword' })
  assert.equal(refused.status, 422)
  assert.match(refused.text, /too common/)
  assert.ok(refused.text.includes(email))
  assert.equal((await visitor.fillInAndSubmit('/reset-password', { 'new-password': next })).status, 303)
})

test('a token is stored as a hash (ASVS 6.5.2)', async () => {
  const { email } = await app.visitor().register()
  await app.smtp.next(email)
  await app.visitor().submit('/forgot-password', { email })
  const token = linkIn(await app.smtp.next(email)).split('token=')[1] ?? ''
  assert.equal(token.length, 43)
  assert.ok(!JSON.stringify(await tokens.find({ email }).toArray()).includes(token))
})

test('however many strangers request a reset, the owner gets one email per ten minutes, and its link works until the next (ASVS 6.3.1)', async ({
  mock,
}) => {
  const person = await app.visitor().register()
  await app.smtp.next(person.email)
  const resets = () => app.smtp.mails.filter(({ to, subject }) => to === person.email && /new/.test(subject))
  const strangers = Array.from({ length: 20 }, () =>
    app.visitor().submit('/forgot-password', { email: person.email }),
  )
  for (const { headers } of await Promise.all(strangers))
    assert.equal(headers.location, '/forgot-password/sent')
  const owner = app.visitor()
  await openLink(app, owner, person.email)
  const other = await app.visitor().register()
  await app.smtp.next(other.email)
  assert.equal(resets().length, 1)
  mock.timers.enable({ apis: ['Date'], now: Date.now() + 590_000 })
  assert.equal((await owner.get('/reset-password')).status, 200)
  mock.timers.setTime(Date.now() + 11_000)
  await owner.submit('/forgot-password', { email: person.email })
  await openLink(app, owner, person.email)
  const reset = await owner.fillInAndSubmit('/reset-password', { 'new-password': next })
  assert.equal(locationOf(reset), home)
})

test("a form sets the password of the account it was shown for, even if another account's link was opened since", async () => {
  const visitor = app.visitor()
  const people = [await app.visitor().register(), await app.visitor().register()] as const
  const forms = []
  for (const { email } of people) {
    await app.smtp.next(email)
    await app.visitor().submit('/forgot-password', { email })
    await openLink(app, visitor, email)
    forms.push(await visitor.filledIn('/reset-password', { 'new-password': next }))
  }
  const refused = await visitor.submit('/reset-password', forms[0])
  assert.equal(refused.status, 400)
  assert.match(refused.text, /opened another link/)
  for (const person of people) assert.equal((await app.visitor().logIn(person)).status, 303)
  assert.equal(locationOf(await visitor.submit('/reset-password', forms[1])), home)
  await app.smtp.next(people[1].email)
})

for (const token of ['', 'x', '%00', 'a'.repeat(44), `${'a'.repeat(43)}&token=b`]) {
  test(`an invalid token shows a page that offers a new link: ${JSON.stringify(token)}`, async () => {
    const visitor = app.visitor()
    assert.equal(locationOf(await visitor.get(`/reset-password?token=${token}`)), '/reset-password')
    const page = await visitor.get('/reset-password')
    assert.equal(page.status, 410)
    assert.match(page.text, /href="\/forgot-password"/)
  })
}

test('an invalid email address is refused with the reason, and no email is sent', async () => {
  const before = app.smtp.mails.length
  for (const email of ['', 'x', 'a@example.com\r\nBcc: b@example.com', 'a@example.com,b@example.com']) {
    const answer = await app.visitor().submit('/forgot-password', { email })
    assert.equal(answer.status, 422)
    assert.match(answer.text, /aria-describedby="email-error"/)
  }
  // Any email that they caused would be sent before this one.
  const { email } = await app.visitor().register()
  await app.smtp.next(email)
  assert.deepEqual(
    app.smtp.mails.slice(before).map(({ to }) => to),
    [email],
  )
})
