import { createServer, type Server } from 'node:http'
import { createApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { createLog } from '../../src/log.ts'
import type { TestApp, TestAppOptions } from './app.ts'

/** A second app on the same database: other settings, or nothing in memory, as after a restart. Listens nowhere. */
export async function anotherApp(
  { database, config: { secretKeys } }: TestApp,
  environment: Record<string, string> = {},
  { log, more }: Pick<TestAppOptions, 'log' | 'more'> = {},
): Promise<Server> {
  const config = readConfig({
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    TRUST_PROXY: '1',
    DATABASE_URL: database.url,
    MAIL: 'off', // mail
    SECRET_KEY: secretKeys.join(','),
    ...environment,
  })
  const parts = { config, database, log: log ?? (await createLog(config)), ...(more && { more }) }
  return createServer(createApp(parts))
}
