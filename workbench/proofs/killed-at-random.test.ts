import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { mongo } from 'mongoose'
import {
  cleanUp,
  locationOf,
  newPerson,
  type Person,
  type ServerProcess,
  sharedDatabaseUrl,
  startServerProcess,
  until,
  Visitor,
} from '../support/testing.ts'
import { mailEnv as env, linkFor } from './support/link-for.ts'

const kills = 100
const next = 'eleven purple kettles'
const url = sharedDatabaseUrl()
const client = await mongo.MongoClient.connect(url)
cleanUp(() => client.close())
const users = client.db().collection('users')
const sessions = client.db().collection('sessions')

/** A change by one POST, and how to check its outcome. */
interface Deed {
  act(): PromiseLike<{ status: number }>
  /** @returns whether the change took effect */
  check(): Promise<boolean>
}
type Deeds = Record<string, (server: ServerProcess) => Promise<Deed>>

const deeds: Deeds = {
  async registration({ address }) {
    const visitor = new Visitor(address)
    const form = await visitor.filledIn('/register', { ...newPerson() })
    return {
      act: () => visitor.submit('/register', form),
      async check() {
        const done = (await users.countDocuments({ email: form.email })) === 1
        // Whether or not the account was created, submitting the form again works.
        assert.equal(locationOf(await new Visitor(address).submit('/register', form)), '/dashboard')
        return done
      },
    }
  },
  async 'change of password'(server) {
    const [visitor, person] = await registered(server)
    const { password } = person
    return {
      act: () => visitor.submit('/account/password', { password, 'new-password': next }),
      check: () => hasOnePassword(server, person),
    }
  },
  async reset(server) {
    const [visitor, person] = await registered(server)
    await visitor.submit('/forgot-password', { email: person.email })
    await visitor.get(await linkFor('/reset-password', person.email, server))
    const form = await visitor.filledIn('/reset-password', { 'new-password': next })
    const act = () => visitor.submit('/reset-password', form)
    return {
      act,
      async check() {
        const done = await hasOnePassword(server, person)
        if (!done) assert.equal((await act()).status, 303, 'the link still works')
        return done
      },
    }
  },
  async 'change of address'(server) {
    const [visitor, person] = await registered(server)
    const email = `new-${person.email}`
    await visitor.submit('/account/email', { email, password: person.password })
    await visitor.get(await linkFor('/confirm-email', email, server))
    const form = await visitor.filledIn('/confirm-email')
    const act = () => visitor.submit('/confirm-email', form)
    return {
      act,
      async check() {
        const logIns = [person.email, email].map((one) =>
          new Visitor(server.address).logIn({ ...person, email: one }),
        )
        const statuses = (await Promise.all(logIns)).map(({ status }) => status)
        assert.deepEqual(statuses.toSorted(), [303, 401])
        const done = statuses[1] === 303
        if (!done) assert.equal((await act()).status, 303, 'the link still works')
        return done
      },
    }
  },
  async deletion(server) {
    const [visitor, person] = await registered(server)
    return {
      act: () => visitor.submit('/account/delete', { delete: 'account' }),
      async check() {
        const { status } = await new Visitor(server.address).logIn(person)
        const left = await users.countDocuments({ email: person.email })
        assert.deepEqual([status, left], left ? [303, 1] : [401, 0])
        return !left
      },
    }
  },
}

test(`a process killed at ${kills} random moments of each change locks no one out, uses up no link and leaves no orphan`, async () => {
  const tally: Record<string, number> = {}
  let server = await startServerProcess({ databaseUrl: url, env })
  let longestMs = 0
  for (let round = 0; round <= kills; round += 1) {
    const begun = await Promise.all(
      Object.entries(deeds).map(async ([what, of]) => [what, await of(server)] as const),
    )
    const startedAt = performance.now()
    const acts = begun.map(([, { act }]) => act().then(undefined, () => undefined))
    if (round === 0) {
      await Promise.all(acts)
      longestMs = Math.ceil(performance.now() - startedAt)
    } else {
      await sleep(randomInt(longestMs + 1))
      server.signal('SIGKILL')
      await Promise.all([server.exited, ...acts])
      server = await startServerProcess({ databaseUrl: url, port: server.port, env })
    }
    await until(
      'deletions are finished',
      async () => !(await users.findOne({ deletedAt: { $exists: true } })),
    )
    assert.deepEqual(await orphans(), [], `round ${round}`)
    for (const [what, { check }] of begun) {
      const done = await check().catch((error: unknown) => assert.fail(`round ${round}, ${what}: ${error}`))
      if (round === 0) assert.ok(done, what)
      else tally[what] = (tally[what] ?? 0) + Number(done)
    }
    assert.deepEqual(await orphans(), [], `round ${round}, after everyone continued`)
  }
  console.log(`Killed ${kills} times within ${longestMs} ms; took effect anyway:`, tally)
  // Otherwise the moments were all too early or too late.
  for (const [what, done] of Object.entries(tally)) assert.ok(done > 0 && done < kills, `${what}: ${done}`)
  await server.stop()
})

async function registered({ address }: ServerProcess): Promise<[Visitor, Person]> {
  const visitor = new Visitor(address)
  return [visitor, await visitor.register()]
}

/** @returns whether it is the new password */
async function hasOnePassword({ address }: ServerProcess, { email, password }: Person): Promise<boolean> {
  const logIns = [password, next].map((one) => new Visitor(address).logIn({ email, password: one }))
  const statuses = (await Promise.all(logIns)).map(({ status }) => status)
  assert.deepEqual(statuses.toSorted(), [303, 401])
  return statuses[1] === 303
}

/** Sessions without a user. */
async function orphans() {
  const all = await sessions.distinct('session.passport.user')
  const owners = await users.find({ _id: { $in: all.map((id) => new mongo.ObjectId(String(id))) } }).toArray()
  const ids = new Set(owners.map(({ _id }) => String(_id)))
  return all.filter((id) => !ids.has(String(id)))
}
