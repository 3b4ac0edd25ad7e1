import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { User } from '../../src/auth/user.ts'
import { account } from '../../src/features/account/index.ts'
import { startTestApp } from '../support/testing.ts'

const rounds = 200
const app = await startTestApp({}, { features: [account] })

test(`none of ${rounds} sign-ins that race with the account's deletion leaves a session`, async (context) => {
  let accepted = 0
  for (let round = 0; round < rounds; round += 1) {
    await app.forgetTries()
    const owner = app.visitor()
    const person = await owner.register()
    const { id, _id } = await User.findOne({ email: person.email }).orFail()
    const signIn = app.visitor().logIn(person)
    const [answer, deletion] = await Promise.all([
      signIn,
      // Spread over the duration of a sign-in, from just before to just after.
      sleep(round % 25).then(() => owner.submit('/account/delete', { delete: 'account' })),
    ])
    assert.equal(deletion.status, 303)
    assert.ok([303, 401].includes(answer.status))
    if (answer.status === 303) accepted += 1
    assert.equal(await app.users.countDocuments({ _id }), 0)
    assert.equal(await app.sessions.countDocuments({ 'session.passport.user': id }), 0, `${round}`)
  }
  context.diagnostic(`${accepted} sign-ins were accepted before or during the deletion`)
})
