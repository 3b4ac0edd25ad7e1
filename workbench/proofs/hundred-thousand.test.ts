import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { newPerson, ownDatabaseUrl, startTcpProxy, startWholeApp, type Visitor } from '../support/testing.ts'

const requests = 100_000
const people = 40
const url = ownDatabaseUrl()
const network = await startTcpProxy(url)
const app = await startWholeApp({ DATABASE_URL: network.through(url) })

test(`${requests} requests by ${people} users while MongoDB is slow, cut off or silent: they see only their own pages, with 200, 303 or 503`, async () => {
  const members: { visitor: Visitor; number: number }[] = []
  for (let number = 0; number < people; number += 1) {
    const visitor = app.visitor()
    await visitor.register({ ...newPerson(), name: `Person number ${number}.` })
    members.push({ visitor, number })
  }
  const statuses = new Map<number, number>()
  let sent = 0
  const load = members.map(async ({ visitor, number }) => {
    for (let turn = 0; sent < requests; turn += 1) {
      sent += 1
      // Every tenth request changes something, and leaves a message for the next page.
      const answer = turn % 10 ? visitor.get(turn % 2 ? '/dashboard' : '/account') : rename()
      const { status, text } = await answer
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
      const names = text.match(/Person number \d+\./g) ?? []
      const [stranger] = names.filter((name) => name !== `Person number ${number}.`)
      assert.equal(stranger, undefined, `${number} sees ${stranger}`)
      if (status === 200) assert.ok(names.length > 0, 'signed in, so the page shows the name')
    }
    function rename() {
      return visitor.submit('/account/name', { name: `Person number ${number}.` })
    }
  })
  const faults = (async () => {
    while (sent < requests) {
      network.delay(0, 20)
      await sleep(2_000)
      network.delay(0, 0)
      await sleep(4_000)
      network.cut()
      await sleep(300)
      network.heal()
      await sleep(4_000)
      network.swallow()
      await sleep(1_000)
      network.heal()
      await sleep(4_000)
    }
  })()
  await Promise.all([...load, faults])
  console.log(`${sent} requests:`, Object.fromEntries(statuses))
  assert.deepEqual([...statuses.keys()].sort(), [200, 303, 503])
  for (const { visitor } of members) assert.ok(await visitor.isSignedIn())
})
