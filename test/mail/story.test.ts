import assert from 'node:assert/strict'
import { test } from 'node:test'
import { home, privatePage } from '../support/home.ts'
import { locationOf } from '../support/visitor.ts'
import { openLink, startMailApp } from './support/app.ts'

const app = await startMailApp()
const next = 'eleven purple kettles'

test('register, confirm, reset the password in another browser, change the email address, delete the account', async () => {
  const [first, second] = [app.visitor(), app.visitor()]
  const { email, password } = await first.register()
  assert.match((await first.get(privatePage)).text, /Please confirm your email address/)

  await openLink(app, first, email)
  assert.equal(locationOf(await first.submit('/confirm-email')), '/account')
  const confirmed = (await first.get('/account')).text
  assert.match(confirmed, /is confirmed\./)
  assert.doesNotMatch(confirmed, /Please confirm your email address/)

  await second.submit('/forgot-password', { email })
  assert.match((await second.get('/forgot-password')).text, /has an account, we&#39;ll email you a link/)
  const { page } = await openLink(app, second, email)
  assert.match(page.text, /Choose a new password/)
  const reset = await second.submit('/reset-password', { 'new-password': next })
  assert.equal(locationOf(reset), home)
  assert.match(
    (await second.get(home)).text,
    /Your password has been changed, and all earlier sessions have ended/,
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
  await second.submit('/confirm-email')
  assert.match((await app.smtp.next(email)).text, new RegExp(`email address is now ${newEmail}`))
  assert.equal((await first.logIn({ email, password: next })).status, 401)
  assert.equal((await first.logIn({ email: newEmail, password: next })).status, 303)

  await second.submit('/account/delete', { password: next })
  assert.match(locationOf(await first.get(privatePage)), /^\/login/)
  assert.equal(await app.users.countDocuments(), 0)
  assert.equal(await app.sessions.countDocuments({ 'session.passport.user': { $exists: true } }), 0)
  assert.equal(await app.database.client.db().collection('tokens').countDocuments(), 0)
})
