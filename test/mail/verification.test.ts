import assert from 'node:assert/strict'
import { test } from 'node:test'
import { privatePage } from '../support/home.ts'
import { locationOf } from '../support/visitor.ts'
import { openLink, startMailApp } from './support/app.ts'
import { linkIn } from './support/smtp.ts'

const app = await startMailApp({ REQUIRE_VERIFIED_EMAIL: 'true' })
const banner = /Please confirm your email address/

test('with REQUIRE_VERIFIED_EMAIL the dashboard waits for a confirmed address and says what to do', async () => {
  const visitor = app.visitor()
  const { email } = await visitor.register()
  assert.equal(locationOf(await visitor.get(privatePage)), '/verify-email')
  const wait = await visitor.get('/verify-email')
  assert.ok(wait.text.includes(email))
  assert.match(wait.text, banner)
  assert.equal((await visitor.get('/account')).status, 200)
  await openLink(app, visitor, email)
  await visitor.submit('/confirm-email')
  assert.equal((await visitor.get(privatePage)).status, 200)
  assert.doesNotMatch((await visitor.get('/account')).text, banner)
  assert.equal(locationOf(await visitor.get('/verify-email')), privatePage)
})

test('opening a link confirms nothing, and confirming needs no sign-in', async () => {
  const visitor = app.visitor()
  const { email } = await visitor.register()
  const elsewhere = app.visitor()
  const { link, page } = await openLink(app, elsewhere, email)
  await app.visitor().get(link)
  assert.ok(page.text.includes(email))
  assert.equal(locationOf(await visitor.get(privatePage)), '/verify-email')
  assert.equal(locationOf(await elsewhere.submit('/confirm-email')), '/login')
  assert.match((await elsewhere.get('/login')).text, /is confirmed\./)
  assert.equal((await visitor.get(privatePage)).status, 200)
  assert.equal((await elsewhere.submit('/confirm-email')).status, 410)
})

test('the email can be sent again, at most five per hour in total', async () => {
  const visitor = app.visitor()
  const { email } = await visitor.register()
  await app.smtp.next(email)
  for (let times = 0; times < 4; times += 1) {
    await visitor.submit('/verify-email')
    await app.smtp.next(email)
    assert.match((await visitor.get('/account')).text, /We&#39;re sending a new email to/)
  }
  await visitor.submit('/verify-email')
  assert.match((await visitor.get('/account')).text, /We&#39;ve sent several emails in the last hour/)
})

test('a password reset confirms the address as well', async () => {
  const visitor = app.visitor()
  const { email } = await visitor.register()
  await app.smtp.next(email)
  await visitor.submit('/forgot-password', { email })
  await openLink(app, visitor, email)
  await visitor.submit('/reset-password', { 'new-password': 'eleven purple kettles' })
  assert.equal((await visitor.get(privatePage)).status, 200)
})

test('a mistyped address can be changed, and that confirms the new one', async () => {
  const visitor = app.visitor()
  const { email, password } = await visitor.register()
  const right = `right-${email}`
  assert.match((await visitor.get('/verify-email')).text, /href="\/account\/email"/)
  await visitor.submit('/account/email', { email: right, password })
  await openLink(app, visitor, right)
  await visitor.submit('/confirm-email')
  assert.equal((await visitor.get(privatePage)).status, 200)
})

test('changing the address requires the password and a new, valid address', async () => {
  const visitor = app.visitor()
  const { email, password } = await visitor.register()
  for (const [fields, status, sentence] of [
    [{ email: `new-${email}`, password: 'not the password' }, 401, /Incorrect password/],
    [{ email, password }, 422, /This is already your email address/],
    [{ email: 'x', password }, 422, /in the format name@example\.com/],
    [{}, 422, /Enter your password/],
  ] as const) {
    const answer = await visitor.submit('/account/email', fields)
    assert.equal(answer.status, status)
    assert.match(answer.text, sentence)
  }
})

test('an address that has an account gets the same response, and its owner is told', async () => {
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
  assert.equal((await visitor.submit('/confirm-email')).status, 410)
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
