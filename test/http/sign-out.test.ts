import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { cookiesOf, locationOf } from '../support/visitor.ts'

const app = await startTestApp()

test('signing out ends the session at once, says so once, and leaves no document', async () => {
  const visitor = app.visitor()
  const person = await visitor.register()
  const [cookie] = cookiesOf(await visitor.get('/dashboard'))
  assert.equal(locationOf(await visitor.submit('/logout')), '/')

  const withOldCookie = await app
    .visitor()
    .get('/dashboard')
    .set('Cookie', cookie?.split(';', 1)[0] ?? '')
  assert.match(locationOf(withOldCookie), /^\/login/)

  const home = await visitor.get('/')
  assert.match(home.text, /You are signed out\./)
  assert.ok(!home.text.includes(person.name))
  assert.equal(await app.sessions.countDocuments(), 0)
  assert.match(cookiesOf(home)[0] ?? '', /^sid=.*Expires=Thu, 01 Jan 1970|Expires=/)
  assert.doesNotMatch((await visitor.get('/')).text, /You are signed out/)
})

test('a link cannot sign anybody out', async () => {
  const visitor = app.visitor()
  await visitor.register()
  assert.equal((await visitor.get('/logout')).status, 404)
  assert.equal((await visitor.get('/dashboard')).status, 200)
})

test('signing out twice, or as a guest, is harmless', async () => {
  const visitor = app.visitor()
  await visitor.register()
  assert.equal(locationOf(await visitor.submit('/logout')), '/')
  assert.equal(locationOf(await visitor.submit('/logout')), '/')
  assert.equal(locationOf(await app.visitor().submit('/logout')), '/')
})

test('signing out in one browser leaves the other signed in', async () => {
  const [first, second] = [app.visitor(), app.visitor()]
  const person = await first.register()
  await second.logIn(person)
  await first.submit('/logout')
  assert.equal((await second.get('/dashboard')).status, 200)
})
