import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from './database.ts'
import { within } from './deadline.ts'
import type { Log } from './log.ts'
import type { Outbox } from './mail/outbox.ts' // mail

interface Running {
  server: Server
  database: Database
  log: Log
  /** For so long visitors are still served, while balancers see that /readyz says no. Milliseconds. */
  pauseMs: number
  outbox?: Outbox | undefined // mail
}

/** From the signal on: the pause, and requests in flight, after which their connections are cut. Milliseconds. */
const drainMs = 7_000
/** Together with drainMs below the 10 s that container hosts wait before they kill. Milliseconds. */
const databaseCloseMs = 1_500
/** Keep-alive connections that fell idle would hold the process for seconds. Milliseconds. */
const sweepMs = 100

/** A pause; then no new requests, those in flight to their end, the database last. Ends the process. */
export async function stop({
  server,
  database,
  log,
  pauseMs,
  outbox, // mail
}: Running): Promise<void> {
  log.info('Stopping once the requests in flight are done')
  const cut = setTimeout(() => server.closeAllConnections(), drainMs)
  // A proxy keeps connections open for its next request, which must not meet one that is just being closed.
  server.prependListener('request', (_req, res) => res.setHeader('Connection', 'close'))
  await sleep(pauseMs)
  const sweep = setInterval(() => server.closeIdleConnections(), sweepMs)
  await new Promise((resolve) => server.close(resolve))
  clearInterval(sweep)
  clearTimeout(cut)
  await outbox?.close() // mail
  await within(databaseCloseMs, database.close()).catch((error: unknown) =>
    log.warn({ err: error }, 'MongoDB did not close'),
  )
  log.info('Stopped')
  process.exit(0)
}
