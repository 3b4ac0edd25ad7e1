import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startWholeApp } from '../support/testing.ts'

const everyone = 100_000
const asks = 40
const app = await startWholeApp()
const visitor = app.visitor()
const boss = await visitor.register()
const { _id } = (await app.users.findOneAndUpdate({ email: boss.email }, { $set: { role: 'admin' } })) ?? {}
const own = await app.sessions.findOne({ 'session.passport.user': String(_id) })
await fill()

/** A middle page is requested with `after`, as the previous page's link does. */
const pages = [
  ['the first page of everyone', '/admin/people', ['aggregate', 'aggregate', 'count', 'find']],
  [
    'a page in the middle',
    `/admin/people?after=${await idOf(50_000)}`,
    ['aggregate', 'aggregate', 'find', 'findOne'],
  ],
  ['a search for an email address', '/admin/people?search=person5', ['aggregate', 'aggregate', 'find']],
  [
    'a page in the middle of it',
    `/admin/people?search=person5&after=${await idOf(55_000)}`,
    ['aggregate', 'aggregate', 'find', 'findOne'],
  ],
  ['a search for a name', '/admin/people?by=name&search=name%207', ['aggregate', 'aggregate', 'find']],
  [
    'a page in the middle of it, among 1,000 with the same name',
    `/admin/people?by=name&search=name%207&after=${await idOf(50_070)}`,
    ['aggregate', 'aggregate', 'find', 'findOne'],
  ],
  ['one person', `/admin/people/${await idOf(50_000)}`, ['aggregate', 'aggregate', 'findOne']],
] as const

for (const [name, path, commands] of pages)
  test(`among ${everyone.toLocaleString('en-US')} people with a session each, ${name} takes ${commands.length} commands`, async () => {
    await visitor.get(path)
    app.database.takeCommands()
    const times: number[] = []
    for (let count = 0; count < asks; count += 1) {
      const start = performance.now()
      const { status, text } = await visitor.get(path)
      times.push(performance.now() - start)
      assert.equal(status, 200)
      assert.match(text, /<dt>Last seen/)
    }
    // On the wire, a findOne is a find.
    const expected = commands.map((command) => (command === 'findOne' ? 'find' : command)).sort()
    assert.deepEqual(app.database.takeCommands().sort(), Array(asks).fill(expected).flat().sort())
    times.sort((one, other) => one - other)
    console.log(`${name}: median ${times[asks / 2]?.toFixed(1)} ms, slowest ${times.at(-1)?.toFixed(1)} ms`)
  })

async function fill(): Promise<void> {
  assert.ok(own)
  for (let from = 0; from < everyone; from += 10_000) {
    const some = Array.from({ length: 10_000 }, (_, index) => from + index)
    const { insertedIds } = await app.users.insertMany(
      some.map((number) => ({
        name: `Name ${number % 100}`,
        email: `person${number}@example.org`,
        epoch: 0,
        createdAt: new Date(),
      })),
    )
    await app.sessions.insertMany(
      some.map((number, index) => ({
        ...own,
        _id: `session ${number}`,
        session: { ...own.session, passport: { user: String(insertedIds[index]) } },
      })),
    )
  }
}

async function idOf(number: number): Promise<string> {
  return String(
    (
      await app.users.findOne(
        { email: `person${number}@example.org` },
        { collation: { locale: 'en', strength: 2 } },
      )
    )?._id,
  )
}
