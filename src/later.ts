import { randomInt } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'
import { afterResponse, within } from './database.ts'
import type { Later } from './feature.ts'
import type { Log } from './log.ts'

export interface LaterOptions {
  maxDelayMs?: number
  pausesMs?: readonly number[]
}

/** New work is dropped beyond this, because the queue is in memory. */
const maxQueued = 1_000
const maxAtOnce = 3
/** Container hosts kill the app after 10 s, so all steps of a stop together must take less. */
const closeMs = 1_000

/** Work that no response waits for. A crash loses it, so pages must let the user try again. */
export function createLater(log: Log, options: LaterOptions = {}): Later & { close(): Promise<void> } {
  const { maxDelayMs = 1_000, pausesMs = [2_000, 5_000, 15_000, 45_000, 180_000] } = options
  const handlers = new Map<string, (data: object) => Promise<void>>()
  const limit = pLimit(maxAtOnce)
  const unfinished = new Set<Promise<void>>()
  const closing = new AbortController()
  const { signal } = closing
  setMaxListeners(0, signal)

  return {
    // The callers of `handle` and `add` agree on the type of the data.
    handle: (name, work) => void handlers.set(name, work as (data: object) => Promise<void>),
    add(name, data) {
      const work = handlers.get(name)
      if (!work) throw new Error(`Nothing handles ${name}. Call later.handle first.`)
      afterResponse(() => {
        if (unfinished.size >= maxQueued) return log.error({ work: name }, 'Queue full: dropping new work')
        const done = attempt(name, () => work(data)).finally(() => unfinished.delete(done))
        unfinished.add(done)
      })
    },
    /** Retries the remaining work once, immediately. */
    async close() {
      closing.abort()
      await within(closeMs, idle()).catch(() =>
        log.warn({ unfinished: unfinished.size }, 'Stopping with unfinished work'),
      )
    },
  }

  async function attempt(name: string, work: () => Promise<void>): Promise<void> {
    // A random delay, so that the timing of the next response doesn't show whether there was work to do.
    const pauses = [randomInt(maxDelayMs + 1), ...pausesMs]
    for (const [index, ms] of pauses.entries()) {
      await sleep(ms, undefined, { signal, ref: false }).catch(() => {})
      try {
        return await limit(work)
      } catch (error) {
        const isLast = signal.aborted || index === pauses.length - 1
        if (isLast) return log.error({ err: error, work: name }, 'Work failed; giving up')
        log.warn({ err: error, work: name }, 'Work failed; retrying')
      }
    }
  }

  async function idle(): Promise<void> {
    while (unfinished.size > 0) await Promise.all(unfinished)
  }
}
