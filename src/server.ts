import { hasSubscribers } from 'node:diagnostics_channel'
import { createApp } from './app.ts'
import { finishDeletions } from './auth/accounts.ts'
import { type Config, readConfig } from './config.ts'
import { connectDatabase, within } from './database.ts'
import { checkAll, loadEnv } from './env.ts'
import { ExpectedError } from './errors.ts'
import { features } from './features.ts'
import { prepareFeatures } from './install-features.ts'
import { createLog } from './log.ts'
import { createHttpServer, drain, listen } from './web/server.ts'

// npm start
try {
  await start()
} catch (error) {
  if (!(error instanceof ExpectedError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exit(1)
}

async function start(): Promise<void> {
  const env = loadEnv()
  checkAll([() => readConfig(env), () => prepareFeatures(features, env)])
  const config = readConfig(env)
  const log = await createLog(config)
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'Stopped by an unexpected error')
    // Error tracking needs time to send it.
    setTimeout(() => process.exit(1), hasSubscribers('unexpected-error') ? 2_000 : 0)
  })

  const database = await connectDatabase(config.databaseUrl)
  let draining = false
  const parts = { config, env, database, log, features, isDraining: () => draining }
  const { app, installed } = createApp(parts)
  await finishDeletions(installed.core.hooks)
  await installed.start()
  const server = createHttpServer(app, config)
  await listen(server, config)
  // Shown because the name localhost has two addresses, and the app listens on only one.
  log.info({ address: Object(server.address()).address }, `Listening. Open ${config.origin}`)
  for (const note of installed.core.startupNotes) log.info(note)
  for (const warning of warnings(config)) log.warn(warning)

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop)

  async function stop(): Promise<void> {
    if (draining) return
    draining = true
    log.info('Stopping after in-flight requests finish')
    await drain(server, config.drainDelayMs)
    await installed.stop()
    await within(1_500, database.close()).catch((error: unknown) =>
      log.warn({ err: error }, 'Could not close the MongoDB connection'),
    )
    log.info('Stopped')
    process.exit(0)
  }
}

function warnings({ env, https, trustedProxies }: Config): string[] {
  const found: string[] = []
  if (https && trustedProxies === 0)
    found.push(
      "APP_ORIGIN is https and TRUST_PROXY is 0, so every visitor appears to have the proxy's IP address. Set TRUST_PROXY to the number of proxies in front of the app.",
    )
  if (env === 'production' && !https)
    found.push(
      "APP_ORIGIN isn't https, so cookies aren't Secure. Forms from any origin but APP_ORIGIN are refused. For a public site, set APP_ORIGIN=https://your.domain.",
    )
  return found
}
