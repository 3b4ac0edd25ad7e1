import assert from 'node:assert/strict'
import { test } from 'node:test'
import { homeLabel } from '../../src/config.ts'
import { demo } from '../../src/features/demo/index.ts'
import { startTestApp } from '../support/app.ts'
import { home } from '../support/home.ts'
import { newMember } from '../support/member.ts'
import { locationOf } from '../support/visitor.ts'

const app = await startTestApp({}, { features: [demo] })
const dayMs = 86_400_000

test('the dashboard leads to the tour, which is private', async () => {
  const { visitor } = await newMember(app)
  assert.match((await visitor.get(home)).text, /href="\/tour">Take the tour</)
  assert.equal((await visitor.get('/tour')).status, 200)
  assert.match(locationOf(await app.visitor().get('/tour')), /^\/login/)
})

test("the tour shows the session's document in MongoDB, and no secret", async () => {
  const { visitor, sessionId } = await newMember(app)
  const { text } = await visitor.get('/tour')
  assert.ok(text.includes(sessionId.slice(0, 8)))
  assert.ok(!text.includes(sessionId))
  for (const shown of ['HttpOnly', 'SameSite=Lax', 'expires_1', `${process.pid}`]) {
    assert.ok(text.includes(shown), shown)
  }
})

test('the tour shows the time left, at most and if unused', async () => {
  const { visitor, sessionId: _id } = await newMember(app)
  const signedInAt = new Date(Date.now() - 20 * dayMs - 60_000)
  await app.sessions.updateOne({ _id }, { $set: { 'session.signedInAt': signedInAt } })
  const { text } = await visitor.get('/tour')
  assert.match(text, /\b9 days 23 hours\b/)
})

test('the tour shows no password hash and no other user', async () => {
  const [ada, grace] = [await newMember(app), await newMember(app)]
  const { text } = await ada.visitor.get('/tour')
  assert.doesNotMatch(text, /argon2/)
  assert.ok(!text.includes(grace.person.email) && !text.includes(grace.sessionId.slice(0, 8)))
})

test('the home page explains sessions, and has links for guests and users', async () => {
  const guest = await app.visitor().get('/')
  assert.match(guest.text, /href="\/register"/)
  for (const heading of ['Survives restarts', 'Shared by every process', 'Ends on time'])
    assert.ok(guest.text.includes(heading))
  assert.match(guest.text, /14 days without a visit and 30 days in total/)
  const { visitor } = await newMember(app)
  assert.ok((await visitor.get('/')).text.includes(`href="${home}">Go to ${homeLabel}</a>`))
})
