import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { test } from 'node:test'
import supertest from 'supertest'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import { startTestApp } from '../support/app.ts'
import { cookiesOf, locationOf } from '../support/visitor.ts'

const oldKey = 'old-5f0e9a7b3c1d2e4f6a8b9c0d1e2f3a4b'
const newKey = 'new-1a2b3c4d5e6f708192a3b4c5d6e7f809'

const app = await startTestApp({ SECRET_KEY: oldKey })

/** The dashboard of the same database, as an app with other keys answers it. */
async function dashboardWith(keys: string, cookie: string) {
  const config = readConfig({
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    DATABASE_URL: app.database.url,
    SECRET_KEY: keys,
  })
  const restarted = createApp({ config, database: app.database, log: await createLog(config) })
  return await supertest(createServer(restarted)).get('/dashboard').set('Cookie', cookie)
}

function pair(cookies: string[]): string {
  return cookies[0]?.split(';', 1)[0] ?? ''
}

test('a new key in front of the old one keeps people signed in and signs their cookies anew', async () => {
  const visitor = app.visitor()
  await visitor.register()
  const before = pair(cookiesOf(await visitor.get('/dashboard')))

  const during = await dashboardWith(`${newKey},${oldKey}`, before)
  assert.equal(during.status, 200)
  const resigned = pair(cookiesOf(during))
  assert.notEqual(resigned, before)

  assert.equal((await dashboardWith(newKey, resigned)).status, 200, 'who came back stays signed in')
  assert.match(locationOf(await dashboardWith(newKey, before)), /^\/login/, 'who did not, signs in again')
})
