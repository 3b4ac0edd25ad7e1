import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { mongo } from 'mongoose'
import { cleanUp } from '../support/clean-up.ts'
import { type ServerProcess, sharedDatabaseUrl, startServerProcess } from '../support/server-process.ts'
import { newPerson, type Person, Visitor } from '../support/visitor.ts'
import { startWriteGate } from '../support/write-gate.ts'

const url = sharedDatabaseUrl()
const gate = await startWriteGate(url)
const client = await mongo.MongoClient.connect(url)
cleanUp(() => client.close())
const [users, sessions] = [client.db().collection('users'), client.db().collection('sessions')]
const next = 'eleven purple kettles'

for (const { change, writes, act, after } of [
  {
    change: 'deleting an account',
    // Note, user, sessions, note, this session, and the message for the next page.
    writes: 6,
    act: (here: Visitor, { password }: Person) => here.submit('/account/delete', { password }),
    async after(server: ServerProcess, person: Person) {
      const email = person.email
      if (await users.findOne({ email })) {
        const visitor = new Visitor(server.address)
        assert.equal((await visitor.logIn(person)).status, 303)
        assert.equal((await visitor.submit('/account/delete', { password: person.password })).status, 303)
      }
      await new Visitor(server.address).register(person)
    },
  },
  {
    change: 'changing a password',
    // Note, user, sessions, note, and this session twice: its end, and its successor.
    writes: 6,
    act: (here: Visitor, { password }: Person) =>
      here.submit('/account/password', { password, 'new-password': next }),
    async after(server: ServerProcess, person: Person) {
      const answers = [person.password, next].map((password) =>
        new Visitor(server.address).logIn({ ...person, password }),
      )
      const statuses = (await Promise.all(answers)).map(({ status }) => status)
      assert.deepEqual(statuses.sort(), [303, 401], 'one of the two passwords opens, and only one')
    },
  },
] as const) {
  describe(`a process that is killed while ${change}`, () => {
    for (let before = 0; before < writes; before += 1) {
      test(`after ${before} of ${writes} writes leaves nothing half done once the app has started again`, async () => {
        const { server, here, elsewhere, person } = await peopleSignedIn()
        gate.strikeAfter(before, () => server.signal('SIGKILL'))
        await assert.rejects(async () => await act(here, person), 'the change was to be interrupted')
        await server.exited
        gate.open()

        const again = await startServerProcess({ databaseUrl: url, port: server.port })
        assert.deepEqual(await strays(), [])
        const isIn = async (visitor: Visitor) => (await visitor.get('/dashboard')).status === 200
        assert.ok(!(await isIn(elsewhere)) || (await nothingHappened(person)))
        await after(again, person)
        assert.deepEqual(await strays(), [])
        await again.stop()
      })
    }

    test(`has ${writes} writes to be killed between, and no more`, async () => {
      const { server, here, person } = await peopleSignedIn()
      gate.strikeAfter(writes, () => server.signal('SIGKILL'))
      assert.equal((await act(here, person)).status, 303)
      gate.open()
      await server.stop()
    })
  })
}

/** A person in two browsers. */
async function peopleSignedIn() {
  const server = await startServerProcess({ databaseUrl: gate.through(url) })
  const [here, elsewhere] = [new Visitor(server.address), new Visitor(server.address)]
  const person = await here.register(newPerson())
  await here.get('/dashboard')
  await elsewhere.logIn(person)
  await elsewhere.get('/dashboard')
  return { server, here, elsewhere, person }
}

async function nothingHappened({ email }: Person): Promise<boolean> {
  return (await users.findOne({ email }))?.epoch === 0
}

/** Sessions of nobody, or of before the latest password. */
async function strays() {
  const all = await sessions.find({ 'session.passport.user': { $exists: true } }).toArray()
  const owners = await Promise.all(
    all.map(({ session }) => users.findOne({ _id: new mongo.ObjectId(String(session.passport.user)) })),
  )
  return all.filter(({ session }, index) => owners[index]?.epoch !== session.epoch)
}
