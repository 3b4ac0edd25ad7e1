import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type RequestHandler, Router } from 'express'
import { signedInOnly } from '../../src/auth/passport.ts'
import { startTestApp } from '../support/app.ts'
import { privatePage, signInFirst } from '../support/home.ts'
import { newMember } from '../support/member.ts'
import { locationOf } from '../support/visitor.ts'

const notes: RequestHandler = Router().post('/notes', signedInOnly, (_req, res) => void res.send('saved'))
const app = await startTestApp({}, { more: [notes] })

/** A browser whose session was ended from another one. */
async function ended() {
  const { visitor, sessionId: _id } = await newMember(app)
  await app.sessions.deleteOne({ _id })
  return visitor
}

test('the sign-in page says if your session has ended, but not to a guest', async () => {
  const visitor = await ended()
  assert.equal(locationOf(await visitor.get(privatePage)), signInFirst)
  const { text } = await visitor.get(signInFirst)
  assert.match(text, /Your session has ended\. Sign in again\./)
  // Nothing was wrong with a form.
  assert.match(text, /<title>Sign in /)
  assert.doesNotMatch((await visitor.get('/login')).text, /Your session/)
  assert.doesNotMatch((await app.visitor().get(signInFirst)).text, /Your session/)
})

test("a form sent after the session has ended says that it wasn't sent, and shows the entered values", async () => {
  const visitor = await ended()
  const typed = { text: 'Half an <hour> of work', password: 'seven green bicycles', code: '123456' }
  const page = `${app.address}/notes?page=2`
  const { status, text } = await visitor.submit('/notes', typed).set('Referer', page)
  assert.equal(status, 401)
  assert.match(text, /what you typed wasn&#39;t saved/)
  assert.ok(text.includes('Half an &lt;hour&gt; of work'))
  assert.ok(!text.includes(typed.password) && !text.includes(typed.code), 'no secret is shown')
  assert.match(text, /name="returnTo" value="\/notes"/)
})

test('"is it you?" sent after the session has ended shows none of its own fields', async () => {
  const visitor = await ended()
  const fields = { password: 'seven green bicycles', way: 'password', again: 'on', returnTo: '/notes' }
  assert.equal((await visitor.submit('/confirm', fields)).status, 303)
})

test('a form without text sent after the session has ended says that nothing was done', async () => {
  const visitor = await ended()
  const location = locationOf(await visitor.submit('/notes', { delete: 'account', page: '2' }))
  assert.equal(location, '/login?undone=on')
  assert.match((await visitor.get(location)).text, /nothing was changed/)
})

test("a guest's form leads to the sign-in page, as any private page does", async () => {
  assert.equal(locationOf(await app.visitor().submit('/notes', { text: 'mine' })), '/login')
})
