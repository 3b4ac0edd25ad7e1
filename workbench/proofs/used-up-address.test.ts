import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { newPerson, ownDatabaseUrl, startServerProcess, Visitor } from '../support/testing.ts'

const atOnce = 96
const forMs = 10_000
const server = await startServerProcess({ databaseUrl: ownDatabaseUrl() })

/** Another visitor's page, on an idle machine. */
const slowestPageMs = 250

for (const [crowd, addressOf] of [
  ['one address whose attempts are used up', () => '198.51.100.7'],
  ['45 networks of one IPv6 site', (index: number) => `2001:db8:7:${(index % 45).toString(16)}::1`],
] as const)
  test(`${atOnce} simultaneous sign-ins from ${crowd} keep no one else out`, async (context) => {
    const owner = new Visitor(server.address)
    const person = await owner.register()
    await owner.submit('/logout')
    const atRest: number[] = []
    while (atRest.length < 50) atRest.push(await timeOfPage('/login'))
    let over = false
    setTimeout(() => {
      over = true
    }, forMs)
    let refused = 0
    const attack = Array.from({ length: atOnce }, async (_, index) => {
      for (; !over; ) {
        const form = { email: newPerson().email, password: 'not the password' }
        const { status } = await new Visitor(server.address, addressOf(index)).submit('/login', form)
        if (status === 429 || status === 503) refused += 1
      }
    })
    // Below the limit, guesses are hashed like any sign-in.
    while (refused < atOnce) await sleep(20)
    const statuses: number[] = []
    const pages: number[] = []
    while (!over) {
      statuses.push((await owner.logIn(person)).status)
      await owner.submit('/logout')
      const elsewhere = new Visitor(server.address, `203.0.113.${statuses.length}`)
      statuses.push((await elsewhere.logIn(person)).status)
      for (const path of ['/', '/login']) pages.push(await timeOfPage(path))
      // A known browser has fifteen attempts in total.
      await sleep(forMs / 13)
    }
    await Promise.all(attack)
    context.diagnostic(
      `${refused} refused, ${statuses.length} sign-ins by the owner, slowest page ${Math.max(...pages).toFixed(0)} ms, idle ${Math.max(...atRest).toFixed(0)} ms`,
    )
    assert.deepEqual([...new Set(statuses)], [303])
    assert.ok(Math.max(...pages) < slowestPageMs)
  })

async function timeOfPage(path: string): Promise<number> {
  const start = performance.now()
  assert.equal((await new Visitor(server.address).get(path)).status, 200)
  return performance.now() - start
}
