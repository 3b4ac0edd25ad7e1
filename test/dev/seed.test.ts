import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { home } from '../support/home.ts'
import { typescript } from '../support/typescript.ts'
import { locationOf } from '../support/visitor.ts'

const app = await startTestApp()

test('npm run seed makes a demo user who is signed in from several browsers, and prints the password', async () => {
  for (let times = 0; times < 2; times += 1) {
    const { status, stdout, stderr } = seed({ NODE_ENV: 'development', DATABASE_URL: app.database.url })
    assert.equal(status, 0, stderr)
    const password = /has the password (\S+) and/.exec(stdout)?.[1] ?? ''
    const visitor = app.visitor()
    assert.equal(locationOf(await visitor.logIn({ email: 'demo@example.com', password })), home)
    const { text } = await visitor.get('/sessions')
    assert.match(text, /signed in at 4 places/)
    assert.match(text, /Firefox on Windows/)
    assert.match(text, /Safari on iOS/)
  }
})

for (const [where, env, reason] of [
  ['in production', { NODE_ENV: 'production' }, /no place in production/],
  ['into a database that is not said to be for development', {}, /NODE_ENV=development/],
] as const) {
  test(`it makes none ${where}`, async () => {
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
