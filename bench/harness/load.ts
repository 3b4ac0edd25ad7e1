import autocannon from 'autocannon'
import type { Running } from './contestant.ts'
import { cpuMicroseconds } from './process-usage.ts'
import { percentile } from './spread.ts'

export interface Load {
  path: string
  /** Each connection asks with all of them in turn, and begins with another one; none: a visitor without a session. */
  cookies?: string[]
  /** Requests at the same time. */
  connections: number
  /** How long, in seconds, or how many requests. */
  extent: { duration: number } | { amount: number }
  /** Another request, once for each time round all cookies. */
  also?: autocannon.Request
}

/** What one run found out; microseconds are of processor time, for one request. */
export interface Sample {
  /** MongoDB's, where it was asked: requests that come together may share one. */
  commands: number
  perSecond: number
  p50Ms: number
  p99Ms: number
  appMicroseconds: number
  databaseMicroseconds: number
}

/** What else works for the requests. */
export interface Behind {
  /** Whose processor time is counted. */
  pid: number | undefined
  commandsSoFar?(): Promise<number>
}

/** @throws when an answer is not 2xx, so that no error page is taken for a fast page */
export async function load(running: Running, what: Load, behind?: Behind): Promise<Sample> {
  const { path, cookies = [], connections, extent, also } = what
  const times: number[] = []
  const requests: autocannon.Request[] = cookies.map((cookie) => ({ path, headers: { cookie } }))
  if (requests.length === 0) requests.push({ path })
  if (also) requests.push(also)
  const usage = async () => ({
    commands: (await behind?.commandsSoFar?.()) ?? Number.NaN,
    app: cpuMicroseconds(running.pid),
    database: cpuMicroseconds(behind?.pid),
  })
  const before = await usage()
  let clients = 0
  const setupClient = (client: autocannon.Client) => {
    const first = clients++ % requests.length
    client.setRequests([...requests.slice(first), ...requests.slice(0, first)])
  }
  // Ends at the tenth of a second, not at the full one.
  const options = { url: running.url, connections, requests, setupClient, sampleInt: 100, ...extent }
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon(options, (error, result) => (error ? reject(error) : resolve(result)))
    // Its own percentiles are whole milliseconds.
    run.on('response', (_client, _status, _bytes, milliseconds) => times.push(milliseconds))
  })
  const after = await usage()
  const { '2xx': good, non2xx, errors, timeouts } = result
  if (non2xx + errors + timeouts > 0 || good === 0) {
    throw new Error(`${running.name}: ${good} good answers, ${non2xx} others, ${errors + timeouts} errors`)
  }
  const sorted = times.sort((a, b) => a - b)
  return {
    perSecond: good / result.duration,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    commands: (after.commands - before.commands) / good,
    appMicroseconds: (after.app - before.app) / good,
    databaseMicroseconds: (after.database - before.database) / good,
  }
}
