import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Types } from 'mongoose'
import { User } from '../../src/auth/user.ts'
import { admin } from '../../src/features/admin/index.ts'
import { pageQuery, type Search } from '../../src/features/admin/people.ts'
import { startTestApp } from '../support/app.ts'
import { newAdmin } from './support.ts'

const app = await startTestApp({}, { features: [admin] })
const { visitor } = await newAdmin(app)
const everyone = 1_500
const names = ['Ada Lovelace', 'Alan Turing', 'Grace Hopper', 'José Martí', 'jose saramago']

/** Stored directly, without passwords. */
await app.users.insertMany(
  Array.from({ length: everyone }, (_, index) => ({
    name: names[index % names.length] ?? '',
    email: `${index % 2 ? 'odd' : 'even'}${index}@example.com`,
    epoch: 0,
    createdAt: new Date(Date.UTC(2026, 0, 1) + index * 60_000),
  })),
)

interface Row {
  name: string
  email: string
}

async function rowsOf(path: string): Promise<{ rows: Row[]; next: string | undefined }> {
  const { status, text } = await visitor.get(path)
  assert.equal(status, 200, path)
  const rows = [...text.matchAll(/<h2>\s*<a[^>]*>([^<]*)<\/a>.*?<small>([^<]*)/gs)]
  const next = /<a href="([^"]*)" rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&')
  return { rows: rows.map(([, name = '', email = '']) => ({ name, email })), next }
}

/** Every page, from the first to the last. */
async function walk(path: string): Promise<Row[]> {
  const all: Row[] = []
  for (let page: string | undefined = path; page; ) {
    const { rows, next } = await rowsOf(page)
    assert.ok(rows.length <= 25)
    all.push(...rows)
    page = next
  }
  return all
}

test('all users are listed once, newest first, 25 per page', async () => {
  await app.users.updateMany({ email: /^even[1-9]/ }, { $set: { deletedAt: new Date() } })
  const rows = await walk('/admin/people')
  await app.users.updateMany({ deletedAt: { $exists: true } }, { $unset: { deletedAt: 1 } })
  const expected = await app.users
    .find({ email: /^(odd|even0|person)/ })
    .sort({ _id: -1 })
    .toArray()
  assert.deepEqual(
    rows.map(({ email }) => email),
    expected.map(({ email }) => email),
  )
  assert.match((await visitor.get('/admin/people')).text, /1,501 accounts/)
})

test('a search finds the start of an email address in any case, sorted by email address', async () => {
  const rows = await walk('/admin/people?search=ODD12')
  const found = await app.users.find({ email: /^odd12/ }).toArray()
  assert.deepEqual(
    rows.map(({ email }) => email),
    found.map(({ email }) => String(email)).sort(new Intl.Collator('en').compare),
  )
})

test('a search finds the start of a name in any case, with or without accents', async () => {
  const rows = await walk('/admin/people?by=name&search=jos%C3%89')
  assert.equal(rows.length, (2 * everyone) / names.length)
  assert.deepEqual(new Set(rows.map(({ name }) => name)), new Set(['José Martí', 'jose saramago']))
  assert.equal(new Set(rows.map(({ email }) => email)).size, rows.length, 'of equal names each is shown once')
})

test('a search without results says so, and shows the search text escaped', async () => {
  const { text } = await visitor.get('/admin/people?search=%3Cb%3E.*')
  assert.match(text, /No one found/)
  assert.match(text, /&lt;b&gt;\.\*/)
  assert.equal((await rowsOf('/admin/people?search=.*')).rows.length, 0)
})

test('an odd query shows the first page (ASVS 1.2.4, 15.3.5)', async () => {
  const first = await rowsOf('/admin/people')
  for (const query of [
    'after=x',
    'after[$gt]=',
    'after=1&after=2',
    'search=',
    'search[$ne]=1',
    'search=a&search=b',
  ])
    assert.deepEqual((await rowsOf(`/admin/people?${query}`)).rows, first.rows, query)
})

test("a user's page shows when they joined, when they were last seen, and their sessions", async () => {
  const boss = await newAdmin(app)
  await app.visitor().logIn(boss.person)
  const [row = ''] = (await visitor.get('/admin/people')).text.match(/<h2>\s*<a(?:(?!<\/li>).)*/s) ?? []
  assert.match(row, new RegExp(boss.person.name))
  assert.match(row, /<span class="badge">admin/)
  assert.match(row, /<dt>Last seen<\/dt><dd>\s*<time[^>]*data-ago.*<dt>Sessions<\/dt><dd>2</s)
})

const searches: readonly (readonly [string, Search | undefined])[] = [
  ['newest first', undefined],
  ['by email address', { by: 'email', start: 'odd' }],
  ['by name', { by: 'name', start: 'José' }],
]
for (const [order, search] of searches)
  test(`the first page and a later one ${order} use an index`, async () => {
    const middle = await User.findOne({ email: 'odd703@example.com' }).lean()
    for (const last of [null, middle]) {
      const explained = await pageQuery(search, last).explain('executionStats')
      const { executionStats, queryPlanner } = Object(explained)
      assert.doesNotMatch(JSON.stringify(queryPlanner.winningPlan), /COLLSCAN|"SORT"/)
      assert.equal(executionStats.nReturned, 26)
      assert.ok(executionStats.totalDocsExamined <= 30, executionStats.totalDocsExamined)
      assert.ok(executionStats.totalKeysExamined <= 60, executionStats.totalKeysExamined)
    }
  })

test('a page takes one read for the users, one for their sessions, and one for the total', async () => {
  app.database.takeCommands()
  await visitor.get('/admin/people')
  assert.deepEqual(app.database.takeCommands().sort(), ['aggregate', 'aggregate', 'count', 'find'])
  await visitor.get('/admin/people?by=name&search=ada')
  assert.deepEqual(app.database.takeCommands().sort(), ['aggregate', 'aggregate', 'find'])
})

test("the sessions of the users on a page are read through the index of users' sessions", async () => {
  const ids = Array.from({ length: 25 }, () => new Types.ObjectId().toHexString())
  const explained = await app.sessions
    .find({ 'session.passport.user': { $in: ids }, expires: { $gt: new Date() } })
    .explain('executionStats')
  assert.match(JSON.stringify(explained.queryPlanner.winningPlan), /by_user/)
})
