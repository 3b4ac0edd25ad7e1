import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mongo } from 'mongoose'
import { assertFlawless, openBrowser } from '../support/browser.ts'
import { commitAll, copyProject, mustRun } from '../support/project-copy.ts'
import { cleanUp, sharedDatabaseUrl, startServerProcess } from '../support/testing.ts'

/** All kinds of fields; two-word names and fields, and names that JavaScript reserves; and a minimal model. */
const models = [
  [
    'recipe',
    '/recipes',
    'title:string body:text servings:number public:boolean course:soup,main,dessert cookedOn:date',
  ],
  [
    'shopping-list',
    '/shopping-lists',
    'shopName:string default:string class:S,M,XL dueOn:date paidOn:date isDone:boolean',
  ],
  ['tag', '/tags', 'name:string'],
] as const

const copy = copyProject()
const before = mustRun(copy, 'git', 'rev-parse', 'HEAD').trim()
const databaseUrl = sharedDatabaseUrl()

test('three models of npm run new pass types, lint and all their tests', () => {
  for (const [name, , fields] of models) mustRun(copy, 'npm', 'run', 'new', '--', name, ...fields.split(' '))
  commitAll(copy)
  mustRun(copy, 'npm', 'run', 'check')
  const own = models.map(([name]) => `test/${name}/${name}.test.ts`)
  mustRun(copy, 'npm', 'test', '--', ...own, 'test/architecture.test.ts', ...ofEveryRoute)
  assert.equal(mustRun(copy, 'git', 'status', '--porcelain'), '')
})

const ofEveryRoute = ['test/app/access.test.ts', 'test/app/pages.test.ts', 'test/app/secrets.test.ts']

test('npm run seed fills them, each page of a list uses its index, and no page has a problem in the browser', async () => {
  const env = ['NODE_ENV=development', `DATABASE_URL=${databaseUrl}`]
  const said = mustRun(copy, 'env', ...env, 'npm', 'run', '--silent', 'seed')
  const [, email = '', password = ''] = /(\S+) has the password (\S+)/.exec(said) ?? []
  const { address } = await startServerProcess({ databaseUrl, copy })
  const client = await mongo.MongoClient.connect(databaseUrl)
  cleanUp(() => client.close())
  const page = await (await openBrowser()).newPage()
  await page.goto(`${address}/login`)
  await page.getByLabel('Email address').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Hello' }).waitFor()

  for (const [name, path] of models) {
    const open = async (to: string) => {
      await page.goto(address + to)
      await assertFlawless(page)
    }
    await open(path)
    const first = await page.locator('main li h2 a').first().getAttribute('href')
    const sizes = [await page.locator('main li h2').count()]
    for (const next = page.locator('a[rel=next]'); (await next.count()) > 0; ) {
      await next.click()
      await page.waitForLoadState()
      sizes.push(await page.locator('main li h2').count())
    }
    assert.deepEqual(sizes, [25, 25, 10], name)
    await assertFlawless(page)
    for (const to of [`${path}?q=zebra`, `${path}/new`, `${first}`, `${first}/edit`]) await open(to)
    await page.goto(`${address}${path}/new`)
    await page.getByRole('button', { name: 'Save' }).click()
    await page.locator('.error').first().waitFor()
    await assertFlawless(page)

    const list = client.db().collection(path.slice(1).replace('-', ''))
    const last = await list.find().sort({ _id: -1 }).skip(49).next()
    assert.ok(last)
    const query = list
      .find({ userId: last.userId, _id: { $lt: last._id } })
      .sort({ _id: -1 })
      .limit(26)
    const { executionStats, queryPlanner } = await query.explain('executionStats')
    assert.ok(executionStats.totalDocsExamined <= 26, name)
    assert.doesNotMatch(JSON.stringify(queryPlanner.winningPlan), /COLLSCAN|"SORT"/)
  }
})

test('npm run remove removes them and leaves nothing behind', () => {
  for (const [name] of models) {
    mustRun(copy, 'npm', 'run', 'remove', '--', name)
    commitAll(copy)
  }
  assert.equal(mustRun(copy, 'git', 'diff', before), '')
})
