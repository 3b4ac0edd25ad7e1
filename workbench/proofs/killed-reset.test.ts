import assert from 'node:assert/strict'
import { test } from 'node:test'
import { locationOf, type ServerProcess, Visitor } from '../support/testing.ts'
import { killInEveryGap, limits } from './support/every-gap.ts'
import { mailEnv as env, linkFor } from './support/link-for.ts'

const next = 'eleven purple kettles'

test('a process killed between any two writes of a reset leaves a way to choose a new password', async () => {
  const writes = await killInEveryGap({
    env,
    act: (here, { email }, server) => reset(here, email, server),
    async recover({ email, password }, server) {
      const signIns = [password, next].map((password) =>
        new Visitor(server.address).logIn({ email, password }),
      )
      const statuses = (await Promise.all(signIns)).map(({ status }) => status)
      assert.deepEqual(statuses.sort(), [303, 401])
      await limits.deleteMany({})
      await reset(new Visitor(server.address), email, server)
    },
  })
  assert.ok(writes >= 8, `${writes} writes`)
})

async function reset(visitor: Visitor, email: string, server: ServerProcess): Promise<void> {
  await visitor.submit('/forgot-password', { email })
  await visitor.get(await linkFor('/reset-password', email, server))
  assert.equal(
    locationOf(await visitor.fillInAndSubmit('/reset-password', { 'new-password': next })),
    '/dashboard',
  )
}
