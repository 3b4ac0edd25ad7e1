import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { home } from '../support/home.ts'
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

function seed(env: Record<string, string>) {
  return spawnSync(process.execPath, [...typescript, 'dev/seed.ts'], {
    env: { PATH: process.env.PATH, SECRET_KEY: 'xk3vQ9mZr7TpLw2sBd8hNfYc5GjVu4Ae', ...env },
    encoding: 'utf8',
  })
}
