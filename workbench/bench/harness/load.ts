import autocannon from 'autocannon'
import type { Running } from './contestant.ts'
import { percentile } from './spread.ts'
import { type Behind, type Usage, usageOf } from './usage.ts'

export interface Load {
  path: string
  /** Each connection uses all of them in turn, starting with a different one. Empty for a visitor without a session. */
  cookies?: string[]
  /** Concurrent requests. */
  connections: number
  /** Seconds, or a number of requests. */
  extent: { duration: number } | { amount: number }
  /** An extra request after each round of all cookies. */
  also?: autocannon.Request
}

/** The result of one run. */
export interface Sample extends Usage {
  perSecond: number
  p50Ms: number
  p99Ms: number
}

/** @throws if a response isn't 2xx, so that no error page counts as a fast page */
export async function load(running: Running, what: Load, behind?: Behind): Promise<Sample> {
  const { path, cookies = [], connections, extent, also } = what
  const times: number[] = []
  const requests: autocannon.Request[] = cookies.map((cookie) => ({ path, headers: { cookie } }))
  if (requests.length === 0) requests.push({ path })
  if (also) requests.push(also)
  let clients = 0
  const setupClient = (client: autocannon.Client) => {
    const first = clients++ % requests.length
    client.setRequests([...requests.slice(first), ...requests.slice(0, first)])
  }
  // Stops at a tenth of a second, not at a full one.
  const options = { url: running.url, connections, requests, setupClient, sampleInt: 100, ...extent }
  let perSecond = 0
  const usage = await usageOf(running.pid, behind, async () => {
    const result = await new Promise<autocannon.Result>((resolve, reject) => {
      const run = autocannon(options, (error, result) => (error ? reject(error) : resolve(result)))
      // autocannon's own percentiles are whole milliseconds.
      run.on('response', (_client, _status, _bytes, milliseconds) => times.push(milliseconds))
    })
    const { '2xx': good, non2xx, errors, timeouts } = result
    if (non2xx + errors + timeouts > 0 || good === 0) {
      throw new Error(
        `${running.name}: ${good} good responses, ${non2xx} others, ${errors + timeouts} errors`,
      )
    }
    perSecond = good / result.duration
    return good
  })
  const sorted = times.sort((a, b) => a - b)
  return { ...usage, perSecond, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) }
}
