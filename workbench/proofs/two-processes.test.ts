import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hash } from '@node-rs/argon2'
import { mongo } from 'mongoose'
import pLimit from 'p-limit'
import { signInByAccount, signInByAddress, signInByAddressAndAccount } from '../support/app.ts'
import {
  cleanUp,
  cookiesOf,
  newPerson,
  sharedDatabaseUrl,
  startServerProcess,
  Visitor,
} from '../support/testing.ts'

const databaseUrl = sharedDatabaseUrl()
const servers = await Promise.all([startServerProcess({ databaseUrl }), startServerProcess({ databaseUrl })])
/** Below the hashing queue's limit, so that no attempt gets a 503. */
const inFlight = pLimit(30)
let turn = 0

/** A sign-in with a wrong password, at alternating processes: admitted (401) or refused (429). */
async function guess(address: string, email: string): Promise<number> {
  turn += 1
  const response = await fetch(`${servers[turn % 2]?.address}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Sec-Fetch-Site': 'same-origin', 'X-Forwarded-For': address },
    body: new URLSearchParams({ email, password: 'not the password' }),
  })
  await response.text()
  return response.status
}

/** How many of these attempts were admitted. All others must have been refused. */
async function admitted(tries: readonly [address: string, email: string][]): Promise<number> {
  const statuses = await Promise.all(tries.map((pair) => inFlight(() => guess(...pair))))
  assert.deepEqual(
    statuses.filter((status) => status !== 401 && status !== 429),
    [],
  )
  return statuses.filter((status) => status === 401).length
}

test('two processes, 50 addresses, 100 accounts: exactly the documented number of attempts is admitted, and the owner can still sign in (ASVS 6.3.1)', async () => {
  const addresses = Array.from({ length: 50 }, (_, index) => `203.0.113.${index}`)
  const owner = newPerson()
  const emails = [owner.email, ...(await ninetyNineMore())]
  const registered = await new Visitor(servers[0].address).submit('/register', { ...owner })
  // Not the session, only the cookie that makes the browser known.
  const known = cookiesOf(registered).find((cookie) => cookie.startsWith('browser=')) ?? ''
  const ownerSignsIn = (times: number) =>
    new Visitor(servers[times % 2]?.address ?? '').logIn(owner).set('Cookie', known.split(';', 1)[0] ?? '')

  // Each account from several addresses, each within its own limit, so that only the account's limit applies.
  const perAccount = (addresses.length * signInByAddress.attempts) / emails.length
  assert.ok(perAccount > signInByAccount.attempts && perAccount <= addresses.length)
  const tries = emails.flatMap((email, account) =>
    Array.from({ length: perAccount }, (_, index): [string, string] => [
      addresses[(account * perAccount + index) % addresses.length] ?? '',
      email,
    ]),
  )
  let through = 0
  const quarter = tries.length / 4
  for (let part = 0; part < 4; part += 1) {
    const attack = admitted(tries.slice(part * quarter, (part + 1) * quarter))
    assert.equal((await ownerSignsIn(part)).status, 303, "the owner's sign-in during the attack")
    through += await attack
  }
  assert.equal(through, emails.length * signInByAccount.attempts)
  assert.equal((await ownerSignsIn(0)).status, 303, "the owner's sign-in after it")
  assert.equal((await new Visitor(servers[1].address).logIn(owner)).status, 429, 'a new browser is refused')
  assert.equal(
    await admitted(addresses.map((address) => [address, 'one-more@example.com'])),
    0,
    'no address has an attempt left',
  )
})

test("two processes, one address, any number of accounts: the address's own limit is exact (ASVS 6.3.1)", async () => {
  const tries = Array.from({ length: 2 * signInByAddress.attempts }, (_, index): [string, string] => [
    '198.51.100.1',
    `nobody${index}@example.com`,
  ])
  assert.equal(await admitted(tries), signInByAddress.attempts)
})

test("two processes, one address, one account: the pair's own limit is exact, and leaves the account attempts for others (ASVS 6.3.1)", async () => {
  const pair: [string, string] = ['198.51.100.2', 'pair@example.com']
  assert.equal(await admitted(Array.from({ length: 12 }, () => pair)), signInByAddressAndAccount.attempts)
  const others = Array.from({ length: 20 }, (_, index): [string, string] => [
    `198.51.100.${10 + index}`,
    pair[1],
  ])
  assert.equal(await admitted(others), signInByAccount.attempts - signInByAddressAndAccount.attempts)
})

test('the counts outlive a process: a new process refuses from its first request (ASVS 6.3.1)', async () => {
  const server = await startServerProcess({ databaseUrl })
  const { status } = await new Visitor(server.address, '198.51.100.1').logIn({
    email: 'new@example.com',
    password: 'x',
  })
  assert.equal(status, 429)
})

/** Directly in the database, with a hash that is cheap to compare, because only the counting is tested here. */
async function ninetyNineMore(): Promise<string[]> {
  const client = await mongo.MongoClient.connect(databaseUrl)
  cleanUp(() => client.close())
  const passwordHash = await hash('seven green bicycles', { memoryCost: 8, timeCost: 1, parallelism: 1 })
  const people = Array.from({ length: 99 }, () => ({ ...newPerson(), passwordHash, epoch: 0 }))
  await client
    .db()
    .collection('users')
    .insertMany(people.map(({ password: _, ...user }) => user))
  return people.map(({ email }) => email)
}
