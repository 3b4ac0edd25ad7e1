import assert from 'node:assert/strict'
import { test } from 'node:test'
import { home } from '../support/home.ts'
import { locationOf } from '../support/visitor.ts'
import { openLink, startMailApp } from './support/app.ts'
import { linkIn } from './support/smtp.ts'

const app = await startMailApp({ REQUIRE_VERIFIED_EMAIL: 'true' })
const banner = /Please confirm that/

test('where a confirmed address is required, the dashboard waits for it and says what to do', async () => {
  const visitor = app.visitor()
  const { email } = await visitor.register()
  assert.equal(locationOf(await visitor.get('/dashboard')), '/verify-email')
  const wait = await visitor.get('/verify-email')
  assert.ok(wait.text.includes(email))
  assert.match(wait.text, banner)
  assert.equal((await visitor.get('/account')).status, 200)
  await openLink(app, visitor, email)
  await visitor.submit('/confirm-email')
  assert.equal((await visitor.get('/dashboard')).status, 200)
  assert.doesNotMatch((await visitor.get('/account')).text, banner)
  assert.equal(locationOf(await visitor.get('/verify-email')), home)
})

test('a link that only was opened confirms nothing, and works in a browser that is not signed in', async () => {
  const visitor = app.visitor()
  const { email } = await visitor.register()
  const elsewhere = app.visitor()
  const { link, page } = await openLink(app, elsewhere, email)
  await app.visitor().get(link)
  assert.ok(page.text.includes(email))
  assert.equal(locationOf(await visitor.get('/dashboard')), '/verify-email')
  assert.equal(locationOf(await elsewhere.submit('/confirm-email')), '/login')
  assert.match((await elsewhere.get('/login')).text, /is confirmed\./)
  assert.equal((await visitor.get('/dashboard')).status, 200)
  assert.equal((await elsewhere.submit('/confirm-email')).status, 410)
})

test('the mail can be asked for again, five within an hour with the first', async () => {
  const visitor = app.visitor()
  const { email } = await visitor.register()
  await app.smtp.next(email)
  for (let times = 0; times < 4; times += 1) {
    await visitor.submit('/verify-email')
    await app.smtp.next(email)
    assert.match((await visitor.get('/account')).text, /A new mail is on its way/)
  }
  await visitor.submit('/verify-email')
  assert.match((await visitor.get('/account')).text, /Several mails went out within the last hour/)
})

test('a reset by mail confirms the address as well', async () => {
  const visitor = app.visitor()
  const { email } = await visitor.register()
  await app.smtp.next(email)
  await visitor.submit('/forgot-password', { email })
  await openLink(app, visitor, email)
  await visitor.submit('/reset-password', { 'new-password': 'eleven purple kettles' })
  assert.equal((await visitor.get('/dashboard')).status, 200)
})

test('who mistyped their address registers no second time: they change it, and that confirms it', async () => {
  const visitor = app.visitor()
  const { email, password } = await visitor.register()
  const right = `right-${email}`
  assert.match((await visitor.get('/verify-email')).text, /href="\/account\/email"/)
  await visitor.submit('/account/email', { email: right, password })
  await openLink(app, visitor, right)
  await visitor.submit('/confirm-email')
  assert.equal((await visitor.get('/dashboard')).status, 200)
})

test('a new address asks for the password, and is refused when it is the old one or none', async () => {
  const visitor = app.visitor()
  const { email, password } = await visitor.register()
  for (const [fields, status, sentence] of [
    [{ email: `new-${email}`, password: 'not the password' }, 401, /This is not your password/],
    [{ email, password }, 422, /This is your email address already/],
    [{ email: 'x', password }, 422, /does not look like an email address/],
    [{}, 422, /Type your password/],
  ] as const) {
    const answer = await visitor.submit('/account/email', fields)
    assert.equal(answer.status, status)
    assert.match(answer.text, sentence)
  }
})

test('an address that belongs to somebody else is answered like any other; its owner is told', async () => {
  const [visitor, owner] = [app.visitor(), app.visitor()]
  const { email, password } = await visitor.register()
  const taken = (await owner.register()).email
  await app.smtp.next(taken)
  const answer = await visitor.submit('/account/email', { email: taken, password })
  assert.equal(locationOf(answer), '/account')
  assert.match((await app.smtp.next(taken)).subject, /has an account already/)
  assert.equal(await app.users.countDocuments({ email }), 1)
})

test('an address that somebody registered in the meantime stays theirs, without an error page', async () => {
  const visitor = app.visitor()
  const { email, password } = await visitor.register()
  const wanted = `wanted-${email}`
  await visitor.submit('/account/email', { email: wanted, password })
  await openLink(app, visitor, wanted)
  await app.visitor().register({ name: 'Faster', email: wanted, password })
  assert.equal((await visitor.submit('/confirm-email')).status, 410)
  assert.equal(await app.users.countDocuments({ email }), 1)
})

test('a change of address that was asked for before a new password is off', async () => {
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

test('a token for one purpose is none for the other', async () => {
  const visitor = app.visitor()
  const { email } = await visitor.register()
  const link = linkIn(await app.smtp.next(email))
  await visitor.get(link.replace('/confirm-email', '/reset-password'))
  assert.equal((await visitor.get('/reset-password')).status, 410)
})
