import type { Server } from 'node:http'
import type { Database } from './database.ts'
import { within } from './deadline.ts'
import type { Log } from './log.ts'
import type { Outbox } from './mail/outbox.ts' // mail

interface Running {
  server: Server
  database: Database
  log: Log
  outbox?: Outbox | undefined // mail
}

/** Requests in flight get this long to finish before their connections are cut. Milliseconds. */
const drainMs = 7_000
/** Together with drainMs below the 10 s that container hosts wait before they kill. Milliseconds. */
const databaseCloseMs = 1_500
/** Keep-alive connections that fell idle would hold the process for seconds. Milliseconds. */
const sweepMs = 100

/** No new requests, those in flight to their end, the database last. Ends the process. */
export async function stop({
  server,
  database,
  log,
  outbox, // mail
}: Running): Promise<void> {
  log.info('Stopping once the requests in flight are done')
  const sweep = setInterval(() => server.closeIdleConnections(), sweepMs)
  const cut = setTimeout(() => server.closeAllConnections(), drainMs)
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
