import { createServer, type Server } from 'node:http'
import { createApp } from './app.ts'
import { type Config, ConfigError, loadConfig } from './config.ts'
import { connectDatabase, type Database } from './database.ts'
import { within } from './deadline.ts'
import { createLog, type Log } from './log.ts'
import { tidyLeftovers } from './models/leftovers.ts'
import { safeError } from './safe-error.ts'

/** Requests in flight get this long to finish before their connections are cut. Milliseconds. */
const drainMs = 8_000
/** Together with drainMs below the 10 s that container hosts wait before they kill. Milliseconds. */
const databaseCloseMs = 1_500
/** Keep-alive connections that fell idle would hold the process for seconds. Milliseconds. */
const sweepMs = 100

/** What is wrong is not in the code: one line for the person who starts the app. */
class StartError extends Error {}

try {
  await start()
} catch (error) {
  const expected = error instanceof ConfigError || error instanceof StartError
  process.stderr.write(
    expected ? `${error.message}\n` : `The app could not start: ${safeError(error).message}\n`,
  )
  process.exit(1)
}

async function start(): Promise<void> {
  const config = loadConfig()
  const log = await createLog(config)
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'Stopped by an unexpected error')
    process.exit(1)
  })

  let draining = false
  const database = await connect(config)
  await tidyLeftovers()
  const server = createServer(createApp({ config, database, log, isDraining: () => draining }))
  await listen(server, config)
  log.info(`Listening. Open ${config.origin}`)
  for (const doubt of doubts(config)) log.warn(doubt)

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (draining) return
      draining = true
      void stop(server, database, log)
    })
  }
}

function doubts({ env, https, trustedProxies }: Config): string[] {
  return [
    https && trustedProxies === 0
      ? 'APP_ORIGIN is https and TRUST_PROXY is 0: every visitor seems to come from the proxy. Set TRUST_PROXY=1.'
      : '',
    env === 'production' && !https
      ? 'APP_ORIGIN is not https: cookies go without Secure. For the public set APP_ORIGIN=https://your.domain.'
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

async function listen(server: Server, { port, host }: Config): Promise<void> {
  const failure = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    server.once('error', resolve)
    server.listen({ port, host }, () => {
      server.off('error', resolve)
      resolve(undefined)
    })
  })
  if (failure?.code === 'EADDRINUSE')
    throw new StartError(`Port ${port} is in use. Stop what uses it, or set PORT.`)
  if (failure) throw new StartError(`Cannot listen on port ${port} (${failure.code}). Set PORT or HOST.`)
}

/** No new requests, those in flight to their end, the database last. */
async function stop(server: Server, database: Database, log: Log): Promise<void> {
  log.info('Stopping once the requests in flight are done')
  const sweep = setInterval(() => server.closeIdleConnections(), sweepMs)
  const cut = setTimeout(() => server.closeAllConnections(), drainMs)
  await new Promise((resolve) => server.close(resolve))
  clearInterval(sweep)
  clearTimeout(cut)
  await within(databaseCloseMs, database.close()).catch((error: unknown) =>
    log.warn({ err: error }, 'MongoDB did not close'),
  )
  log.info('Stopped')
  process.exit(0)
}
