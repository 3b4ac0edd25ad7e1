import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type RequestHandler, Router } from 'express'
import type mongoose from 'mongoose'
import { createApp } from '../../src/app.ts'
import { type Config, readConfig } from '../../src/config.ts'
import type { Core, Feature } from '../../src/feature.ts'
import { prepareFeatures } from '../../src/install-features.ts'
import type { LaterOptions } from '../../src/later.ts'
import { createLog, type Log } from '../../src/log.ts'
import type { StoredSession } from '../../src/sessions/session.ts'
import { createHttpServer } from '../../src/web/server.ts'
import { cleanUp } from './clean-up.ts'
import { openTestDatabase, type TestDatabase } from './database.ts'
import { Visitor } from './visitor.ts'

export interface TestApp {
  config: Config
  core: Core
  database: TestDatabase
  server: Server
  /** http://127.0.0.1:PORT */
  address: string
  visitor(): Visitor
  /** Resets all limits, for tests that sign in often. */
  forgetTries(): Promise<void>
  sessions: mongoose.mongo.Collection<StoredSession>
  users: mongoose.mongo.Collection
}

export interface TestAppOptions {
  /** Default: none, so only the core. */
  features?: readonly Feature[]
  /** For tests that read the log. */
  log?: Log
  /** Additional pages. */
  more?: RequestHandler[]
  /** When work after a response is done. */
  later?: LaterOptions
}

/** The app on a free port with its own database; both are removed after the file's tests. */
export async function startTestApp(
  environment: Record<string, string> = {},
  options: TestAppOptions = {},
): Promise<TestApp> {
  const env = { ...testEnvironment, ...environment }
  const features = withPages(options)
  prepareFeatures(features, env)
  const database = await openTestDatabase(environment.DATABASE_URL)
  const { config, app, installed } = await createTestApp(
    { ...env, DATABASE_URL: database.url },
    database,
    options,
  )
  await installed.start()
  const server = createHttpServer(app, config)
  // A busy machine may be silent for longer than visitors would wait.
  server.timeout = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await installed.stop()
    await database.drop()
  })
  // A TCP server's address is an object, not a path.
  const { port } = server.address() as AddressInfo
  return {
    config,
    core: installed.core,
    database,
    server,
    address: `http://127.0.0.1:${port}`,
    visitor: () => new Visitor(server),
    async forgetTries() {
      await database.client.db().collection('limits').deleteMany({})
    },
    sessions: database.client.db().collection('sessions'),
    users: database.client.db().collection('users'),
  }
}

/** A second app on the same database, with other settings or, as after a restart, an empty memory. Doesn't listen. */
export async function anotherApp(
  { database, config: { secretKeys } }: TestApp,
  environment: Record<string, string> = {},
  options: TestAppOptions = {},
): Promise<Server> {
  const keys = { DATABASE_URL: database.url, SECRET_KEY: secretKeys.join(',') }
  const { app, config } = await createTestApp(
    { ...testEnvironment, ...keys, ...environment },
    database,
    options,
  )
  return createHttpServer(app, config)
}

const testEnvironment = {
  NODE_ENV: 'test',
  LOG_LEVEL: 'silent',
  // Visitors come from an address each: see visitor.ts.
  TRUST_PROXY: '1',
  SECRET_KEY: 'QmFzZTY0IGlzIG5vdCBhIGNpcGhlciBhdCBhbGw',
}

async function createTestApp(env: Record<string, string>, database: TestDatabase, options: TestAppOptions) {
  const config = readConfig(env)
  const log = options.log ?? (await createLog(config))
  const { later = { maxDelayMs: 0 } } = options
  return { config, ...createApp({ config, env, database, log, features: withPages(options), later }) }
}

function withPages({ features = [], more = [] }: TestAppOptions): readonly Feature[] {
  const router = Router()
  for (const page of more) router.use(page)
  return more.length > 0 ? [...features, { name: 'pages', install: ({ use }) => use.open(router) }] : features
}
