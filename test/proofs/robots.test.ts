import assert from 'node:assert/strict'
import { test } from 'node:test'
import supertest from 'supertest'
import { startTestApp } from '../support/app.ts'

const app = await startTestApp()
const publicPages = [
  '/',
  '/login',
  '/register',
  '/dashboard',
  '/sessions',
  '/nowhere',
  '/robots.txt',
  '/healthz',
]

test("a robot's 1,000 requests without a cookie leave no document and cost MongoDB no command", async () => {
  app.database.takeCommands()
  for (let batch = 0; batch < 1_000; batch += 50) {
    await Promise.all(
      Array.from({ length: 50 }, (_, index) => {
        const path = publicPages[(batch + index) % publicPages.length] ?? '/'
        return supertest(app.address)
          .get(path)
          .expect(({ status }) => assert.ok(status < 500))
      }),
    )
  }
  assert.deepEqual(app.database.takeCommands(), [])
  assert.equal(await app.sessions.countDocuments(), 0)
})
