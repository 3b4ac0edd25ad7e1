import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  locationOf,
  newPerson,
  type Person,
  type ServerProcess,
  sessionPairOf,
  sharedDatabaseUrl,
  startServerProcess,
  Visitor,
} from '../support/testing.ts'
import { startRoundRobin } from './support/round-robin.ts'

const visitorCount = 200
const pagesEach = 5

test('four processes, 200 visitors, two processes killed: everyone keeps their own session', async () => {
  const databaseUrl = sharedDatabaseUrl()
  const start = (port?: number) => startServerProcess({ databaseUrl, ...(port && { port }) })
  const servers = await Promise.all([start(), start(), start(), start()])
  const ports = servers.map(({ port }) => port)
  const address = await startRoundRobin(ports)

  const people = Array.from({ length: visitorCount }, () => ({
    ...newPerson(),
    visitor: new Visitor(address),
  }))
  const cookies = await Promise.all(people.map(({ visitor, ...person }) => arrive(visitor, person)))

  const browsing = Promise.all(people.map((person) => browse(person.visitor, person.name)))
  await Promise.all([killAndStartAgain(servers[0], start), killAndStartAgain(servers[1], start)])
  await browsing

  const signedIn = await Promise.all(cookies.map((cookie) => dashboardStatus(ports[0] ?? 0, cookie)))
  assert.ok(signedIn.every((status) => status === 200))
  for (const { visitor } of people) assert.equal(locationOf(await visitor.submit('/logout')), '/')
  // Tries each old cookie on each process: signed out of one means signed out of all.
  for (const port of ports) {
    const statuses = await Promise.all(cookies.map((cookie) => dashboardStatus(port, cookie)))
    assert.deepEqual(
      statuses.filter((status) => status !== 303),
      [],
      `process on port ${port}`,
    )
  }
})

/** @returns their cookie, retrying when told to, because 200 at once can be too many for a busy machine */
async function arrive(visitor: Visitor, person: Person): Promise<string> {
  for (;;) {
    const registered = await visitor.submit('/register', { ...person })
    const { status } = registered
    if (status === 303) return sessionPairOf(registered)
    // The account was created, but the session couldn't be stored in time.
    const signedIn = await visitor.logIn(person)
    if (status === 422 && signedIn.status === 303) return sessionPairOf(signedIn)
    assert.ok(status === 503 || status === 422, `${person.name} registers: ${status}`)
    await sleep(500)
  }
}

async function browse(visitor: Visitor, name: string): Promise<void> {
  for (let page = 0; page < pagesEach; page += 1) {
    const answer = await untilAnswered(() => visitor.get('/dashboard'))
    assert.equal(answer.status, 200, `${name} is signed in`)
    assert.ok(answer.text.includes(`Hello, ${name}<`), `${name} sees only that name`)
  }
}

/** Retries once, like a user whom the load balancer tells that a process is down. */
async function untilAnswered(ask: () => ReturnType<Visitor['get']>) {
  let answer = await ask()
  while (answer.status === 502) answer = await ask()
  return answer
}

async function killAndStartAgain(
  server: ServerProcess | undefined,
  start: (port: number) => Promise<ServerProcess>,
): Promise<void> {
  assert.ok(server)
  await server.stop('SIGKILL')
  await start(server.port)
}

async function dashboardStatus(port: number, cookie: string): Promise<number> {
  return (await new Visitor(`http://127.0.0.1:${port}`).get('/dashboard').set('Cookie', cookie)).status
}
