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
  /** What the person does, to its end. @throws when the server is gone before */
  act(here: Visitor, person: Person, server: ServerProcess): Promise<unknown>
  /** After a crash and a new start: that the person is either where they were or where they wanted to be. */
  recover(person: Person, server: ServerProcess): Promise<void>
}

const url = sharedDatabaseUrl()
const gate = await startWriteGate(url)
const client = await mongo.MongoClient.connect(url)
cleanUp(() => client.close())
export const users = client.db().collection('users')
const sessions = client.db().collection('sessions')
/** Emptied, it is as if every limit's window had ended. */
export const limits = client.db().collection('limits')

/**
 * Makes the change again and again, in a process that is killed one write later each time, until one survives.
 * @returns how many writes the change has
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

/** Sessions of nobody. Those of before the latest password are left to the TTL index: they sign nobody in, as `stillIn` shows. */
async function strays() {
  const all = await sessions.find({ 'session.passport.user': { $exists: true } }).toArray()
  const owners = await Promise.all(
    all.map(({ session }) => users.findOne({ _id: new mongo.ObjectId(String(session.passport.user)) })),
  )
  return all.filter((_, index) => !owners[index])
}
