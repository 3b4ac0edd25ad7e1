import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RequestHandler } from 'express'
import type mongoose from 'mongoose'
import { createApp } from '../../src/app.ts'
import { type Config, readConfig } from '../../src/config.ts'
import { createHttpServer } from '../../src/http-server.ts'
import { createLog, type Log } from '../../src/log.ts'
import type { AccountMails } from '../../src/mail/account-mails.ts' // mail
import type { StoredSession } from '../../src/models/session.ts'
import { cleanUp } from './clean-up.ts'
import { openTestDatabase, type TestDatabase } from './database.ts'
import { Visitor } from './visitor.ts'

export interface TestApp {
  config: Config
  database: TestDatabase
  server: Server
  /** http://127.0.0.1:PORT */
  address: string
  visitor(): Visitor
  /** As if every limit's window had ended, for tests that sign in more often than people do. */
  forgetTries(): Promise<void>
  sessions: mongoose.mongo.Collection<StoredSession>
  users: mongoose.mongo.Collection
}

export interface TestAppOptions {
  /** Where its log goes, for tests that read it. */
  log?: Log
  /** Pages beside those of the app. */
  more?: RequestHandler[]
  mailsFor?: (config: Config, log: Log) => AccountMails // mail
}

/** The whole app on a free port and a database of its own; both are gone after the file's tests. */
export async function startTestApp(
  environment: Record<string, string> = {},
  options: TestAppOptions = {},
): Promise<TestApp> {
  const database = await openTestDatabase(environment.DATABASE_URL)
  const config = readConfig({
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    // Visitors come from an address each: see visitor.ts.
    TRUST_PROXY: '1',
    DATABASE_URL: database.url,
    MAIL: 'off', // mail
    SECRET_KEY: 'QmFzZTY0IGlzIG5vdCBhIGNpcGhlciBhdCBhbGw',
    ...environment,
  })
  const log = options.log ?? (await createLog(config))
  const app = createApp({
    config,
    database,
    log,
    ...(options.more && { more: options.more }),
    mails: options.mailsFor?.(config, log), // mail
  })
  const server = createHttpServer(app, config)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await database.drop()
  })
  // A server that listens on TCP has an address of this kind, not a path.
  const { port } = server.address() as AddressInfo
  return {
    config,
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
