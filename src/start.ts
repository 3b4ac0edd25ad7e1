import type { Server } from 'node:http'
import type { RequestHandler } from 'express'
import { createApp } from './app.ts'
import { type Config, ConfigError, loadConfig } from './config.ts'
import { connectDatabase, type Database } from './database.ts'
import { createExpressServer } from './express-server.ts'
import { createLog, type Log } from './log.ts'
import { AccountMails } from './mail/account-mails.ts' // mail
import type { Deliver } from './mail/mail.ts' // mail
import { Outbox } from './mail/outbox.ts' // mail
import { smtp } from './mail/smtp.ts' // mail
import { createMetrics } from './metrics/index.ts'
import { tidyLeftovers } from './models/leftovers.ts'
import { safeError } from './safe-error.ts'
import { stop } from './stop.ts'

/**
 * Behind a proxy it is the proxy that closes a connection that nobody uses: when both do at the same moment, its next
 * request fails. Longer than nginx and AWS (60 s) and Caddy (120 s) keep one. Milliseconds.
 */
const keepAliveBehindProxyMs = 125_000

/** What is wrong is not in the code: one line for the person who starts the app. */
class StartError extends Error {}

/** What development adds. */
export interface Extras {
  more?: RequestHandler[]
  deliver?: Deliver // mail
}

/** Runs the app until it is told to stop; returns once it listens. */
export async function run(extras: Extras = {}): Promise<void> {
  try {
    await start(extras)
  } catch (error) {
    const expected = error instanceof ConfigError || error instanceof StartError
    process.stderr.write(
      expected ? `${error.message}\n` : `The app could not start: ${safeError(error).message}\n`,
    )
    process.exit(1)
  }
}

async function start(extras: Extras): Promise<void> {
  const config = loadConfig()
  const log = await createLog(config)
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'Stopped by an unexpected error')
    process.exit(1)
  })

  let draining = false
  const database = await connect(config)
  await tidyLeftovers()
  const outbox = openOutbox(config, log, extras.deliver) // mail
  const app = createApp({
    config,
    database,
    log,
    isDraining: () => draining,
    mails: outbox && new AccountMails(outbox, config), // mail
    ...(extras.more && { more: extras.more }),
  })
  const server = createExpressServer(app)
  if (config.trustedProxies > 0) server.keepAliveTimeout = keepAliveBehindProxyMs
  if (config.metrics) await listen(createMetrics({ app, server, database }), config.metrics, 'METRICS_')
  await listen(server, config)
  log.info(`Listening. Open ${config.origin}`)
  for (const doubt of doubts(config)) log.warn(doubt)

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (draining) return
      draining = true
      void stop({
        server,
        database,
        log,
        pauseMs: config.drainDelayMs,
        outbox, // mail
      })
    })
  }
}

// begin mail
function openOutbox({ mail }: Config, log: Log, deliver?: Deliver): Outbox | undefined {
  const { on, smtpUrl } = mail
  const carrier = smtpUrl ? smtp({ ...mail, smtpUrl }) : deliver
  return on && carrier ? new Outbox(carrier, log) : undefined
}
// end mail

function doubts({ env, https, trustedProxies }: Config): string[] {
  return [
    https && trustedProxies === 0
      ? 'APP_ORIGIN is https and TRUST_PROXY is 0: every visitor seems to come from the proxy. Set TRUST_PROXY=1.'
      : '',
    env === 'production' && !https
      ? 'APP_ORIGIN is not https: cookies go without Secure, and forms from any other address are refused. For the public set APP_ORIGIN=https://your.domain.'
      : '',
  ].filter(Boolean)
}

async function connect({ databaseUrl }: Config): Promise<Database> {
  try {
    return await connectDatabase(databaseUrl)
  } catch (error) {
    const host = databaseUrl.replace(/^mongodb(\+srv)?:\/\/(.*@)?/, '').split('/', 1)[0]
    if (safeError(error).type.includes('ServerSelection')) {
      throw new StartError(`MongoDB does not answer at ${host}. Start it, or correct DATABASE_URL.`)
    }
    throw new StartError(`MongoDB at ${host} refused: ${safeError(error).message}. Correct DATABASE_URL.`)
  }
}

/** @param prefix of the variables that say where */
async function listen(
  server: Server,
  { port, host }: Pick<Config, 'port' | 'host'>,
  prefix = '',
): Promise<void> {
  const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    server.once('error', resolve)
    server.listen({ port, host }, () => {
      server.off('error', resolve)
      resolve(undefined)
    })
  })
  if (failure?.code === 'EADDRINUSE')
    throw new StartError(`Port ${port} is in use. Stop what uses it, or set ${prefix}PORT.`)
  if (failure)
    throw new StartError(
      `Cannot listen on port ${port} (${failure.code}). Set ${prefix}PORT or ${prefix}HOST.`,
    )
}
