import autocannon from 'autocannon'
import type { Running } from './contestant.ts'
import { cpuMicroseconds } from './process-usage.ts'
import { percentile } from './spread.ts'

export interface Load {
  path: string
  /** Asked for in turn; none: a visitor without a session. */
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
  perSecond: number
  p50Ms: number
  p99Ms: number
  appMicroseconds: number
  databaseMicroseconds: number
}

/** @throws when an answer is not 2xx, so that no error page is taken for a fast page */
export async function load(running: Running, what: Load, databasePid?: number): Promise<Sample> {
  const { path, cookies = [], connections, extent, also } = what
  const times: number[] = []
  const requests: autocannon.Request[] = cookies.map((cookie) => ({ path, headers: { cookie } }))
  if (requests.length === 0) requests.push({ path })
  if (also) requests.push(also)
  const before = [cpuMicroseconds(running.pid), cpuMicroseconds(databasePid)] as const
  // Ends at the tenth of a second, not at the full one.
  const options = { url: running.url, connections, requests, sampleInt: 100, ...extent }
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon(options, (error, result) => (error ? reject(error) : resolve(result)))
    // Its own percentiles are whole milliseconds.
    run.on('response', (_client, _status, _bytes, milliseconds) => times.push(milliseconds))
  })
  const after = [cpuMicroseconds(running.pid), cpuMicroseconds(databasePid)] as const
  const { '2xx': good, non2xx, errors, timeouts } = result
  if (non2xx + errors + timeouts > 0 || good === 0) {
    throw new Error(`${running.name}: ${good} good answers, ${non2xx} others, ${errors + timeouts} errors`)
  }
  const sorted = times.sort((a, b) => a - b)
  return {
    perSecond: good / result.duration,
    p50Ms: percentile(sorted, 0.5),
    p99Ms: percentile(sorted, 0.99),
    appMicroseconds: (after[0] - before[0]) / good,
    databaseMicroseconds: (after[1] - before[1]) / good,
  }
}
