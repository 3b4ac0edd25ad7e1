import assert from 'node:assert/strict'
import { test } from 'node:test'
import { locationOf, Visitor } from '../support/testing.ts'
import { killInEveryGap, users } from './support/every-gap.ts'

const next = 'eleven purple kettles'

test('a process killed between any two writes of an account deletion leaves a complete account or none', async () => {
  const leave = (visitor: Visitor) => visitor.submit('/account/delete', { delete: 'account' })
  const writes = await killInEveryGap({
    act: async (here) => assert.equal((await leave(here)).status, 303),
    async recover(person, { address }) {
      if (await users.findOne({ email: person.email })) {
        const visitor = new Visitor(address)
        assert.equal((await visitor.logIn(person)).status, 303)
        assert.equal((await leave(visitor)).status, 303)
      }
      await new Visitor(address).register(person)
    },
  })
  assert.ok(writes >= 6, `${writes} writes`)
})

test('a process killed between any two writes of a password change leaves either the old password or the new one', async () => {
  const writes = await killInEveryGap({
    act: async (here) => {
      const answer = await here.submit('/account/password', { 'new-password': next })
      assert.equal(locationOf(answer), '/account')
    },
    async recover(person, { address }) {
      const signIns = [person.password, next].map((password) =>
        new Visitor(address).logIn({ ...person, password }),
      )
      const statuses = (await Promise.all(signIns)).map(({ status }) => status)
      assert.deepEqual(statuses.sort(), [303, 401])
    },
  })
  assert.ok(writes >= 4, `${writes} writes`)
})
