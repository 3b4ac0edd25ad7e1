import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { privatePage } from '../support/home.ts'
import { newMember, privatePageWith } from '../support/member.ts'
import { locationOf, sessionCookieOf } from '../support/visitor.ts'

const app = await startTestApp()

test('signing out ends the session at once, says so once, and leaves no document', async () => {
  const { visitor, person, cookie } = await newMember(app)
  assert.equal(locationOf(await visitor.submit('/logout')), '/')
  assert.match(locationOf(await privatePageWith(cookie, app)), /^\/login/)

  const next = await visitor.get('/')
  assert.match(next.text, /You are signed out\./)
  assert.ok(!next.text.includes(person.name))
  assert.equal(await app.sessions.countDocuments(), 0)
  assert.match(sessionCookieOf(next), /^sid=;.*Expires=Thu, 01 Jan 1970|^sid=.*Expires=/)
  assert.doesNotMatch((await visitor.get('/')).text, /You are signed out/)
})

test('a link cannot sign anybody out (ASVS 3.5.3)', async () => {
  const { visitor } = await newMember(app)
  assert.equal((await visitor.get('/logout')).status, 404)
  assert.equal((await visitor.request('HEAD', '/logout')).status, 404)
  assert.ok(await visitor.isSignedIn())
})

test('no header and no field turns one method into another (ASVS 3.5.3)', async () => {
  const { visitor } = await newMember(app)
  await visitor.get('/logout').set('X-HTTP-Method-Override', 'POST')
  await visitor.get('/logout?_method=POST')
  await visitor.get('/').set('X-HTTP-Method', 'DELETE')
  assert.ok(await visitor.isSignedIn())
  const renamed = visitor.submit('/logout', { _method: 'GET' }).set('X-Method-Override', 'GET')
  assert.equal(locationOf(await renamed), '/')
  assert.ok(!(await visitor.isSignedIn()))
})

test('signing out twice, or as a guest, is harmless', async () => {
  const { visitor } = await newMember(app)
  for (const one of [visitor, visitor, app.visitor()])
    assert.equal(locationOf(await one.submit('/logout')), '/')
})

test('signing out in one browser leaves the other signed in', async () => {
  const { visitor, person } = await newMember(app)
  const other = app.visitor()
  await other.logIn(person)
  await visitor.submit('/logout')
  assert.ok(await other.isSignedIn())
})

test('signing out has the browser forget what scripts have stored (ASVS 14.3.1)', async () => {
  const { visitor } = await newMember(app)
  assert.equal((await visitor.submit('/logout')).headers['clear-site-data'], '"storage"')
})

test('a form from another site signs nobody out', async () => {
  const { visitor } = await newMember(app)
  const foreign = await visitor.request('POST', '/logout', { headers: { 'Sec-Fetch-Site': 'cross-site' } })
  assert.equal(foreign.status, 403)
  assert.equal((await visitor.get(privatePage)).status, 200)
})
