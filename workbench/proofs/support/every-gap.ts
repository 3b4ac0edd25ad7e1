import assert from 'node:assert/strict'
import { mongo } from 'mongoose'
import {
  cleanUp,
  newPerson,
  type Person,
  type ServerProcess,
  sharedDatabaseUrl,
  startServerProcess,
  Visitor,
} from '../../support/testing.ts'
import { startWriteGate } from './write-gate.ts'

interface Change {
  env?: Record<string, string>
  /** Makes the change. @throws if the server is killed first */
  act(here: Visitor, person: Person, server: ServerProcess): Promise<unknown>
  /** Checks, after a crash and a restart, that the change happened completely or not at all. */
  recover(person: Person, server: ServerProcess): Promise<void>
}

const url = sharedDatabaseUrl()
const gate = await startWriteGate(url)
const client = await mongo.MongoClient.connect(url)
cleanUp(() => client.close())
export const users = client.db().collection('users')
const sessions = client.db().collection('sessions')
/** Emptied to end every rate limit's window. */
export const limits = client.db().collection('limits')

/**
 * Repeats the change, killing the process one write later each time, until one survives.
 * @returns the number of writes in the change
 */
export async function killInEveryGap({ env = {}, act, recover }: Change): Promise<number> {
  const databaseUrl = gate.through(url)
  let server = await startServerProcess({ databaseUrl, env })
  for (let writes = 0; ; writes += 1) {
    const { pid } = server
    const [here, elsewhere] = [new Visitor(server.address), new Visitor(server.address)]
    const person = await here.register(newPerson())
    await elsewhere.logIn(person)
    for (const visitor of [here, elsewhere]) await visitor.get('/dashboard')
    const user = await users.findOne({ email: person.email })
    assert.ok(user)

    let killed = false
    gate.strikeAfter(writes, () => {
      killed = true
      process.kill(pid, 'SIGKILL')
    })
    const outcome = await act(here, person, server).catch((error: unknown) => error)
    gate.open()
    if (!killed) {
      assert.ok(!(outcome instanceof Error), String(outcome))
      assert.deepEqual(await strays(), [])
      await server.stop()
      return writes
    }

    await server.exited
    server = await startServerProcess({ databaseUrl, port: server.port, env })
    assert.deepEqual(await strays(), [], `killed after ${writes} writes`)
    const stillIn = (await elsewhere.get('/dashboard')).status === 200
    const unchanged = (await users.findOne({ _id: user._id }))?.epoch === 0
    assert.equal(stillIn, unchanged, `killed after ${writes} writes`)
    await recover(person, server)
    assert.deepEqual(await strays(), [], `killed after ${writes} writes, and recovered`)
  }
}

/** Sessions without a user. Those from before a password change sign no one in, as `stillIn` shows, and expire by TTL. */
async function strays() {
  const all = await sessions.find({ 'session.passport.user': { $exists: true } }).toArray()
  const owners = await Promise.all(
    all.map(({ session }) => users.findOne({ _id: new mongo.ObjectId(String(session.passport.user)) })),
  )
  return all.filter((_, index) => !owners[index])
}
