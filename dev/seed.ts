import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createApp } from '../src/app.ts'
import { deleteUser, register } from '../src/auth/accounts.ts'
import { findByEmail } from '../src/auth/user.ts'
import { readConfig } from '../src/config.ts'
import { connectDatabase } from '../src/database.ts'
import { ExpectedError } from '../src/errors.ts'
import { features } from '../src/features.ts'
import { prepareFeatures } from '../src/install-features.ts'
import { createLog } from '../src/log.ts'
import { createHttpServer } from '../src/web/server.ts'
import { joinDatabase } from './database.ts'
import { LocalMongoError } from './mongodb/start.ts'
import { keptSecretKey } from './secret-key.ts'
import { readSettings, type Settings } from './settings.ts'

// npm run seed: a demo user with a new password, signed in from several browsers, and demo data of each feature.

const email = 'demo@example.com'
/** Browser and IP address, from the range reserved for examples (RFC 5737). */
const browsers = [
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', '192.0.2.17'],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
    '198.51.100.4',
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1',
    '203.0.113.80',
  ],
] as const

const settings = readSettings()
const refusal = reasonToRefuse(settings)
if (refusal) fail(refusal)
else
  await seed(settings).catch((error) => {
    if (!(error instanceof LocalMongoError || error instanceof ExpectedError)) throw error
    fail(error.message)
  })

function fail(reason: string): void {
  console.error(reason)
  process.exitCode = 1
}

/** The database in DATABASE_URL may be important, so a missing setting is not enough to write to it. */
function reasonToRefuse({ databaseUrl, environment }: Settings): string | undefined {
  if (environment === 'production') return "npm run seed doesn't run in production. Nothing was changed."
  if (databaseUrl && environment !== 'development')
    return 'DATABASE_URL is set. To create the demo user in a development database, also set NODE_ENV=development'
  return undefined
}

async function seed(settings: Settings): Promise<void> {
  const { databaseUrl } = settings
  const local = databaseUrl ? { uri: databaseUrl, stop: async () => {} } : await joinDatabase(settings)
  const env = {
    NODE_ENV: 'development',
    LOG_LEVEL: 'silent',
    DATABASE_URL: local.uri,
    SECRET_KEY: settings.secretKey ?? keptSecretKey(settings.secretKeyFile),
    TRUST_PROXY: '1',
  }
  const config = readConfig(env)
  prepareFeatures(features, env)
  const database = await connectDatabase(config.databaseUrl)
  // Seeding often must not run into the sign-in limits.
  await database.client.db().collection('limits').deleteMany({})
  const { app, installed } = createApp({
    config,
    env,
    database,
    features,
    log: await createLog(config),
  })
  const { hooks } = installed.core
  const password = randomBytes(12).toString('base64url')
  const former = await findByEmail(email)
  if (former) await deleteUser(former.id, {}, hooks)
  const demo = await register({ name: 'Demo', email, password }, hooks)
  if (!demo) throw new Error(`Someone else has just registered ${email}`)

  const server = createHttpServer(app, config)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  // A TCP server's address is an object, not a path.
  const { port } = server.address() as AddressInfo
  for (const [browser, address] of browsers) {
    const { status } = await fetch(`http://127.0.0.1:${port}/login`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'User-Agent': browser, 'X-Forwarded-For': address, 'Sec-Fetch-Site': 'same-origin' },
      body: new URLSearchParams({ email, password, remember: 'on' }),
    })
    if (status !== 303) throw new Error(`Signing in returned ${status}`)
  }
  for (const feature of features) await feature.seed?.(demo.id)
  console.log(`${email} has the password ${password} and is signed in from ${browsers.length} browsers.`)

  server.closeAllConnections()
  server.close()
  await installed.stop()
  await database.close()
  await local.stop()
}
