import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { newMember } from '../support/member.ts'

const app = await startTestApp()
const dayMs = 86_400_000

test('the dashboard shows the session as it stands in MongoDB, and no secret', async () => {
  const { visitor, sessionId } = await newMember(app)
  const { text } = await visitor.get('/dashboard')
  assert.ok(text.includes(sessionId.slice(0, 8)))
  assert.ok(!text.includes(sessionId))
  for (const shown of ['HttpOnly', 'SameSite=Lax', 'expires_1', `${process.pid}`]) {
    assert.ok(text.includes(shown), shown)
  }
})

test('it tells when the session ends, by use and at the latest', async () => {
  const { visitor, sessionId: _id } = await newMember(app)
  const signedInAt = new Date(Date.now() - 20 * dayMs - 60_000)
  await app.sessions.updateOne({ _id }, { $set: { 'session.signedInAt': signedInAt } })
  const { text } = await visitor.get('/dashboard')
  assert.match(text, /\b9 days 23 hours\b/)
})

test('it shows no hash and nobody else', async () => {
  const [ada, grace] = [await newMember(app), await newMember(app)]
  const { text } = await ada.visitor.get('/dashboard')
  assert.doesNotMatch(text, /argon2/)
  assert.ok(!text.includes(grace.person.email) && !text.includes(grace.sessionId.slice(0, 8)))
})

test('the home page tells what a session survives, and leads guests and members on', async () => {
  const guest = await app.visitor().get('/')
  assert.match(guest.text, /href="\/register"/)
  for (const heading of ['It survives', 'It is shared', 'It ends']) assert.ok(guest.text.includes(heading))
  assert.match(guest.text, /14 days without a visit, or 30 days in all/)
  const { visitor } = await newMember(app)
  assert.match((await visitor.get('/')).text, /Go to your dashboard/)
})
