import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Person, type ServerProcess, Visitor } from '../support/testing.ts'
import { killInEveryGap, users } from './support/every-gap.ts'
import { mailEnv as env, linkFor } from './support/link-for.ts'

test('a process killed between any two writes of an email change leaves one address that works', async () => {
  const change = async (visitor: Visitor, { email, password }: Person, server: ServerProcess) => {
    const newEmail = `new-${email}`
    await visitor.submit('/account/email', { email: newEmail, password })
    await visitor.get(await linkFor('/confirm-email', newEmail, server))
    assert.equal((await visitor.fillInAndSubmit('/confirm-email')).status, 303)
  }
  const writes = await killInEveryGap({
    env,
    act: change,
    async recover(person, server) {
      const visitor = new Visitor(server.address)
      const changed = await users.findOne({ email: `new-${person.email}` })
      const current = { ...person, email: changed ? `new-${person.email}` : person.email }
      assert.equal((await visitor.logIn(current)).status, 303)
      await change(visitor, current, server)
    },
  })
  assert.ok(writes >= 4, `${writes} writes`)
})
