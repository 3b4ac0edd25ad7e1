import assert from 'node:assert/strict'
import { test } from 'node:test'
import { home, privatePage } from '../support/home.ts'
import { locationOf } from '../support/visitor.ts'
import { openLink, startMailApp } from './support/app.ts'

const app = await startMailApp()
const next = 'eleven purple kettles'

test('register, verify, forget, reset in another browser, which ends the first; change the email; delete', async () => {
  const [first, second] = [app.visitor(), app.visitor()]
  const { email, password } = await first.register()
  assert.match((await first.get(privatePage)).text, /Please confirm that/)

  await openLink(app, first, email)
  assert.equal(locationOf(await first.submit('/confirm-email')), '/account')
  const confirmed = (await first.get('/account')).text
  assert.match(confirmed, /is confirmed\./)
  assert.doesNotMatch(confirmed, /Please confirm that/)

  await second.submit('/forgot-password', { email })
  assert.match((await second.get('/forgot-password')).text, /a mail is on its way/)
  const { page } = await openLink(app, second, email)
  assert.match(page.text, /Choose a new password/)
  const reset = await second.submit('/reset-password', { 'new-password': next })
  assert.equal(locationOf(reset), home)
  assert.match((await second.get(home)).text, /Your new password is set/)
  assert.match(locationOf(await first.get(privatePage)), /^\/login/)
  assert.equal((await first.logIn({ email, password })).status, 401)
  assert.match((await app.smtp.next(email)).subject, /password was changed/)

  const newEmail = `new-${email}`
  await second.submit('/account/email', { email: newEmail, password: next })
  assert.match((await second.get('/account')).text, /Your address changes once you open the link/)
  assert.match((await app.smtp.next(email)).text, new RegExp(`is to have the address ${newEmail}`))
  await openLink(app, second, newEmail)
  assert.equal((await first.logIn({ email: newEmail, password: next })).status, 401)
  await second.submit('/confirm-email')
  assert.match((await app.smtp.next(email)).text, new RegExp(`now has the address ${newEmail}`))
  assert.equal((await first.logIn({ email, password: next })).status, 401)
  assert.equal((await first.logIn({ email: newEmail, password: next })).status, 303)

  await second.submit('/account/delete', { password: next })
  assert.match(locationOf(await first.get(privatePage)), /^\/login/)
  assert.equal(await app.users.countDocuments(), 0)
  assert.equal(await app.sessions.countDocuments({ 'session.passport.user': { $exists: true } }), 0)
  assert.equal(await app.database.client.db().collection('tokens').countDocuments(), 0)
})
