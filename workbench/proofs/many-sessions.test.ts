import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startWholeApp } from '../support/testing.ts'

const app = await startWholeApp()

test('among 100,000 sessions a user with 500 gets a page of 25, read only through the index', async () => {
  const visitor = app.visitor()
  const person = await visitor.register()
  const userId = String((await app.users.findOne({ email: person.email }))?._id)
  const template = await app.sessions.findOne({ 'session.passport.user': userId })
  assert.ok(template)
  const strangers = Array.from({ length: 100_000 }, (_, index) =>
    copyFor(`stranger ${index % 20_000}`, index),
  )
  const own = Array.from({ length: 499 }, (_, index) => copyFor(userId, 100_000 + index))
  const expired = Array.from({ length: 40 }, (_, index) => ({
    ...copyFor(userId, 200_000 + index),
    expires: new Date(0),
  }))
  const everything = [...strangers, ...own, ...expired]
  for (let at = 0; at < everything.length; at += 10_000) {
    await app.sessions.insertMany(everything.slice(at, at + 10_000), { ordered: false })
  }

  const first = await visitor.get('/sessions')
  assert.equal(first.text.match(/<dt>Last seen/g)?.length, 25)
  assert.match(first.text, /500 active sessions/)
  assert.match(first.text, /Page 1 of 20/)
  assert.equal((await visitor.get('/sessions?page=20')).text.match(/<dt>Last seen/g)?.length, 25)

  const stats = await app.sessions
    .find({ 'session.passport.user': userId, expires: { $gt: new Date() } })
    .sort({ 'session.signedInAt': -1 })
    .limit(25)
    .explain('executionStats')
  assert.equal(stats.executionStats.totalDocsExamined, 25)
  assert.match(JSON.stringify(stats.queryPlanner.winningPlan), /by_user/)
  assert.doesNotMatch(JSON.stringify(stats.queryPlanner.winningPlan), /COLLSCAN|"SORT"/)

  function copyFor(user: string, index: number) {
    assert.ok(template)
    const signedInAt = new Date(Date.now() - index)
    return {
      ...template,
      _id: `copy ${index}`,
      session: { ...template.session, passport: { user }, signedInAt },
    }
  }
})
