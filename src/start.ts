import { finishDeletions } from './accounts/lifecycle.ts'
import { createApp } from './app.ts'
import { type Config, readConfig } from './config.ts'
import { connectionError } from './connection-error.ts'
import { prepareFeatures } from './core.ts'
import { connectDatabase, type Database, within } from './database.ts'
import { checkAll, type Env, loadEnv } from './env.ts'
import { ExpectedError } from './errors.ts'
import { features } from './features.ts'
import { createLog, type Log } from './log.ts'
import { createHttpServer, drain, listen } from './web/server.ts'

/** The last step of a stop. Milliseconds. */
const databaseCloseMs = 1_500

/** Runs the app until it is told to stop; returns once it listens. */
export async function run(): Promise<void> {
  try {
    await start()
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  }
}

async function start(): Promise<void> {
  const env = loadEnv()
  checkAll([() => readConfig(env), () => prepareFeatures(features, env)])
  const config = readConfig(env)
  const log = await createLog(config)
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'Stopped by an unexpected error')
    process.exit(1)
  })

  let draining = false
  const database = await connect(config, env)
  const { app, features: installed } = createApp({
    config,
    env,
    database,
    log,
    features,
    isDraining: () => draining,
  })
  await finishDeletions(installed.core.hooks)
  await installed.start()
  const server = createHttpServer(app, config)
  await listen(server, config)
  // Of localhost's two addresses it has the first one alone.
  log.info({ address: Object(server.address()).address }, `Listening. Open ${config.origin}`)
  for (const warning of warnings(config)) log.warn(warning)

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, async () => {
      if (draining) return
      draining = true
      log.info('Stopping after in-flight requests finish')
      await drain(server, config.drainDelayMs)
      await installed.stop()
      await close(database, log)
      log.info('Stopped')
      process.exit(0)
    })
  }
}

async function connect({ databaseUrl }: Config, env: Env): Promise<Database> {
  try {
    return await connectDatabase(databaseUrl)
  } catch (error) {
    const setting = env.DATABASE_URL ? 'DATABASE_URL' : 'the file set in DATABASE_URL_FILE'
    throw connectionError(error, databaseUrl, setting)
  }
}

async function close(database: Database, log: Log): Promise<void> {
  await within(databaseCloseMs, database.close()).catch((error: unknown) =>
    log.warn({ err: error }, 'Could not close the MongoDB connection'),
  )
}

function warnings({ env, https, trustedProxies }: Config): string[] {
  return [
    https && trustedProxies === 0
      ? "APP_ORIGIN is https and TRUST_PROXY is 0, so every visitor appears to have the proxy's IP address. Set TRUST_PROXY to the number of proxies in front of the app."
      : '',
    env === 'production' && !https
      ? "APP_ORIGIN isn't https, so cookies aren't Secure. Forms from any other origin are refused. For a public site, set APP_ORIGIN=https://your.domain."
      : '',
  ].filter(Boolean)
}
