import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { MongoClient } from 'mongodb'
import { startTestApp } from '../support/app.ts'
import { cleanUp } from '../support/clean-up.ts'
import { home } from '../support/home.ts'
import { until } from '../support/server-process.ts'
import { typescript } from '../support/typescript.ts'
import { locationOf } from '../support/visitor.ts'

const app = await startTestApp()

test('npm run seed creates a demo user signed in from several browsers, and prints the password', async () => {
  for (let times = 0; times < 2; times += 1) {
    const { status, stdout, stderr } = seed({ NODE_ENV: 'development', DATABASE_URL: app.database.url })
    assert.equal(status, 0, stderr)
    const password = /has the password (\S+) and/.exec(stdout)?.[1] ?? ''
    const visitor = app.visitor()
    assert.equal(locationOf(await visitor.logIn({ email: 'demo@example.com', password })), home)
    const user = await app.users.findOne({ email: 'demo@example.com' })
    const sessions = await app.sessions.find({ 'session.passport.user': String(user?._id) }).toArray()
    const seeded = sessions.filter(({ session: { userAgent = '' } }) => userAgent)
    assert.deepEqual(
      seeded.map(({ session: { userAgent = '' } }) => /Firefox|Chrome|iPhone/.exec(userAgent)?.[0]).sort(),
      ['Chrome', 'Firefox', 'iPhone'],
    )
    assert.equal(new Set(seeded.map(({ session: { address } }) => address)).size, 3)
  }
})

for (const [where, env, reason] of [
  ['in production', { NODE_ENV: 'production' }, /doesn't run in production/],
  ['in a database that is not marked for development', {}, /NODE_ENV=development/],
] as const) {
  test(`npm run seed changes nothing ${where}`, async () => {
    await app.users.deleteMany({})
    const { status, stderr } = seed({ ...env, DATABASE_URL: app.database.url })
    assert.equal(status, 1)
    assert.match(stderr, reason)
    assert.equal(await app.users.countDocuments(), 0)
  })
}

test('npm run seed finds the MongoDB started by npm run dev or npm run db, on any port', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'test-seed-'))
  const env = { PATH: process.env.PATH, DATA_FOLDER: folder, DATABASE_PORT: '0' }
  const running = spawn(process.execPath, [...typescript, 'dev/db.ts'], { env, stdio: 'ignore' })
  const exited = once(running, 'exit')
  cleanUp(async () => {
    running.kill()
    await exited
    rmSync(folder, { recursive: true })
  })
  const url = join(folder, 'mongodb.url')
  await until('it runs', () => existsSync(url))
  const { status, stderr } = seed({ DATA_FOLDER: folder })
  assert.equal(status, 0, stderr)
  const client = await MongoClient.connect(readFileSync(url, 'utf8'))
  cleanUp(() => client.close())
  assert.equal(await client.db().collection('users').countDocuments({ email: 'demo@example.com' }), 1)
})

test('npm run seed explains a problem in one line', () => {
  const { status, stderr } = seed({ NODE_ENV: 'development', DATABASE_URL: 'mongodb://127.0.0.1:1/app' })
  assert.equal(status, 1)
  assert.equal(stderr, "Can't reach MongoDB at 127.0.0.1:1. Start it, or check DATABASE_URL.\n")
})

function seed(env: Record<string, string>) {
  return spawnSync(process.execPath, [...typescript, 'dev/seed.ts'], {
    env: { PATH: process.env.PATH, SECRET_KEY: 'xk3vQ9mZr7TpLw2sBd8hNfYc5GjVu4Ae', ...env },
    encoding: 'utf8',
  })
}
