import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Person,
  type ServerProcess,
  startServerProcess,
  startTcpProxy,
  Visitor,
} from '../support/testing.ts'
import { startOwnMongo } from './support/own-mongo.ts'

const needsMongo = ['/dashboard', '/readyz']
const pageWithinMs = 3_000
const backWithinMs = 1_000
/** Longer than the driver needs to notice, so that it passes through all its states. */
const awayMs = 7_500

describe('without MongoDB, guest pages keep working, others say "try again", and all recover', {
  concurrency: true,
}, () => {
  test('when it is killed and restarted under load', async () => {
    const mongo = await startOwnMongo()
    const server = await startServerProcess({ databaseUrl: mongo.uri })
    await survive(server, { begin: () => mongo.kill(), end: () => mongo.startAgain() })
  })

  test('when the network drops every byte, and recovers', async () => {
    const mongo = await startOwnMongo()
    const network = await startTcpProxy(mongo.uri)
    const server = await startServerProcess({ databaseUrl: network.through(mongo.uri) })
    await survive(server, { begin: async () => network.swallow(), end: async () => network.heal() })
  })
})

async function survive(
  server: ServerProcess,
  outage: { begin(): Promise<void>; end(): Promise<void> },
): Promise<void> {
  const members = await Promise.all(Array.from({ length: 5 }, () => newMember(server.address)))
  const load = startLoad(server.address, members)

  await sleep(500)
  await outage.begin()
  const begunAt = Date.now()
  await sleep(awayMs)
  const endedAt = Date.now()
  await outage.end()
  const backAt = Date.now()
  await Promise.all(members.map(untilBack))
  const backAfterMs = Date.now() - backAt
  const answers = await load.stop()

  const during = answers.filter(({ askedAt }) => askedAt > begunAt && askedAt < endedAt - pageWithinMs)
  for (const { path, status, ms } of during) {
    assert.equal(status, needsMongo.includes(path) ? 503 : 200, `${path} while MongoDB is away`)
    assert.ok(ms < pageWithinMs, `${path} took ${ms} ms while MongoDB is away`)
  }
  for (const path of [...needsMongo, '/login', '/robots.txt', '/healthz']) {
    assert.ok(
      during.some((answer) => answer.path === path),
      `${path} was requested meanwhile`,
    )
  }
  assert.ok(backAfterMs < backWithinMs, `it took ${backAfterMs} ms to recover`)
  for (const { visitor, person } of members) {
    assert.ok(
      (await visitor.get('/dashboard')).text.includes(person.name),
      `${person.name} is still signed in`,
    )
  }
  assert.doesNotMatch(server.output(), /unexpected error/)
  assert.equal(await server.stop(), 0)
}

interface Member {
  visitor: Visitor
  person: Person
}

async function newMember(address: string): Promise<Member> {
  const visitor = new Visitor(address)
  const person = await visitor.register()
  await visitor.get('/dashboard')
  return { visitor, person }
}

async function untilBack({ visitor }: Member): Promise<void> {
  while ((await visitor.get('/dashboard')).status !== 200) await sleep(20)
}

interface Answer {
  path: string
  status: number
  askedAt: number
  ms: number
}

/** Requests users' dashboards, a guest's sign-in page, a static file and the health checks, each as fast as responses arrive. */
function startLoad(address: string, members: Member[]) {
  let running = true
  const answers: Answer[] = []
  const guest = new Visitor(address)
  const loops = [
    ...members.map(({ visitor }) => askFor('/dashboard', visitor)),
    askFor('/login', guest),
    askFor('/robots.txt', guest),
    askFor('/healthz', guest),
    askFor('/readyz', guest),
  ]

  async function askFor(path: string, visitor: Visitor): Promise<void> {
    while (running) {
      const askedAt = Date.now()
      const { status } = await visitor.get(path)
      answers.push({ path, status, askedAt, ms: Date.now() - askedAt })
      await sleep(20)
    }
  }

  return {
    async stop(): Promise<Answer[]> {
      running = false
      await Promise.all(loops)
      return answers
    },
  }
}
