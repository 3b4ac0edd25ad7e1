import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { locationOf, type Visitor } from '../support/visitor.ts'

// Whatever anybody does to users or sessions, even in mongosh, holds for the next request, in every process: both are
// read by each request, together.
const app = await startTestApp()

test('a user deleted in the database is nobody at the next request', async () => {
  const { visitor, email } = await member()
  await app.users.deleteOne({ email })
  await assertSignedOut(visitor)
})

test('a user whose epoch is raised in the database is signed out everywhere', async () => {
  const { visitor, email, password } = await member()
  const other = app.visitor()
  await other.logIn({ email, password })
  await app.users.updateOne({ email }, { $inc: { epoch: 1 } })
  await assertSignedOut(visitor)
  await assertSignedOut(other)
})

test('a user whose name is changed in the database has it on the next page', async () => {
  const { visitor, email } = await member()
  await app.users.updateOne({ email }, { $set: { name: 'Grace Hopper' } })
  app.database.takeCommands()
  assert.match((await visitor.get('/dashboard')).text, /Hello, Grace Hopper/)
  assert.deepEqual(app.database.takeCommands(), ['aggregate'])
})

test('a user whose document has no epoch, made by another tool, counts as being in the first', async () => {
  const { visitor, email } = await member()
  await app.users.updateOne({ email }, { $unset: { epoch: 1 } })
  assert.equal((await visitor.get('/dashboard')).status, 200)
})

for (const user of ['not an id', '', 17, { $gt: '' }, null]) {
  test(`a session of the user ${JSON.stringify(user)} is nobody's, and no fault`, async () => {
    const { visitor, id } = await member()
    await app.sessions.updateOne({ 'session.passport.user': id }, [
      { $set: { 'session.passport': { $literal: { user } } } },
    ])
    await assertSignedOut(visitor)
  })
}

test('the hash of the password does not leave MongoDB with a page', async () => {
  const { visitor } = await member()
  const replies: unknown[] = []
  app.database.client.on('commandSucceeded', ({ reply }) => replies.push(reply))
  assert.equal((await visitor.get('/dashboard')).status, 200)
  app.database.client.removeAllListeners('commandSucceeded')
  const said = JSON.stringify(replies)
  assert.match(said, /example\.com/)
  assert.doesNotMatch(said, /argon2/)
})

async function member() {
  const visitor = app.visitor()
  const { email, password } = await visitor.register()
  assert.equal((await visitor.get('/dashboard')).status, 200)
  const id = String((await app.users.findOne({ email }))?._id)
  app.database.takeCommands()
  return { visitor, id, email, password }
}

/** One read says so, one write removes what is left of the session. */
async function assertSignedOut(visitor: Visitor): Promise<void> {
  app.database.takeCommands()
  assert.equal(locationOf(await visitor.get('/dashboard')), '/login?returnTo=%2Fdashboard')
  assert.deepEqual(app.database.takeCommands(), ['aggregate', 'delete'])
  await visitor.get('/dashboard')
  assert.deepEqual(app.database.takeCommands(), [])
}
