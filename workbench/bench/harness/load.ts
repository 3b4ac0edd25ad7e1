import autocannon from 'autocannon'
import type { Running } from './contestant.ts'
import { percentile } from './spread.ts'
import { type Behind, type Usage, usageOf } from './usage.ts'

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

/** What one run found out. */
export interface Sample extends Usage {
  perSecond: number
  p50Ms: number
  p99Ms: number
}

/** @throws when an answer is not 2xx, so that no error page is taken for a fast page */
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
  // Ends at the tenth of a second, not at the full one.
  const options = { url: running.url, connections, requests, setupClient, sampleInt: 100, ...extent }
  let perSecond = 0
  const usage = await usageOf(running.pid, behind, async () => {
    const result = await new Promise<autocannon.Result>((resolve, reject) => {
      const run = autocannon(options, (error, result) => (error ? reject(error) : resolve(result)))
      // Its own percentiles are whole milliseconds.
      run.on('response', (_client, _status, _bytes, milliseconds) => times.push(milliseconds))
    })
    const { '2xx': good, non2xx, errors, timeouts } = result
    if (non2xx + errors + timeouts > 0 || good === 0) {
      throw new Error(`${running.name}: ${good} good answers, ${non2xx} others, ${errors + timeouts} errors`)
    }
    perSecond = good / result.duration
    return good
  })
  const sorted = times.sort((a, b) => a - b)
  return { ...usage, perSecond, p50Ms: percentile(sorted, 0.5), p99Ms: percentile(sorted, 0.99) }
}
