import { randomInt } from 'node:crypto'
import pLimit from 'p-limit'
import { currentResponse, outsideRequests, within } from './database.ts'
import type { Later } from './feature.ts'
import type { Log } from './log.ts'

export interface LaterOptions {
  /** The first attempt comes at most this long after the response. Milliseconds. */
  maxDelayMs?: number
  /** Between attempts. Milliseconds. */
  pausesMs?: readonly number[]
}

/** Beyond it new work is dropped, and the log says so: what waits must not use up the app's memory. */
const maxQueued = 1_000
const maxAtOnce = 3
/** Below the 10 s that container hosts wait before they kill, together with the other limits of a stop. Milliseconds. */
const closeMs = 1_000

/** Work that no response waits for, in memory: a crash loses what is queued, so a page must offer to ask again. */
export function createLater(log: Log, options: LaterOptions = {}): Later & { close(): Promise<void> } {
  // Random, so that the next response is not slower by whether there was something to do.
  const { maxDelayMs = 1_000, pausesMs = [2_000, 5_000, 15_000, 45_000, 180_000] } = options
  const handlers = new Map<string, (data: object) => Promise<void>>()
  const limit = pLimit(maxAtOnce)
  const waiting = new Map<() => void, NodeJS.Timeout>()
  const running = new Set<Promise<void>>()
  /** By the name of the work, what was said since it last succeeded, and how often. */
  const complaints = new Map<string, Map<string, number>>()
  let isClosing = false

  return {
    // What `add` takes for this name is between its two callers.
    handle: (name, work) => void handlers.set(name, work as (data: object) => Promise<void>),
    add(name, data) {
      if (!handlers.has(name)) throw new Error(`No one handles ${name}: call later.handle first`)
      const accept = () => {
        if (waiting.size + running.size < maxQueued) wait(name, data, randomInt(maxDelayMs + 1), 0)
        else complain(name, 'Queue full: dropping new work', { queued: maxQueued })
      }
      const res = currentResponse()
      // Closed already: the browser left before it had its response.
      if (!res || res.closed) outsideRequests(accept)
      else res.once('close', () => outsideRequests(accept))
    },
    /** Tries once more, at once, what still waits. Never fails. */
    async close() {
      isClosing = true
      for (const start of waiting.keys()) start()
      await within(closeMs, idle()).catch(() =>
        log.warn({ unfinished: running.size }, 'Stopping with unfinished work'),
      )
      for (const [name, times] of complaints)
        log.warn({ work: name, times: Object.fromEntries(times) }, 'Stopping while work fails')
    },
  }

  function wait(name: string, data: object, ms: number, attempt: number): void {
    const start = () => {
      clearTimeout(waiting.get(start))
      waiting.delete(start)
      const work = limit(() => run(name, data, attempt)).finally(() => running.delete(work))
      running.add(work)
    }
    // Work may add more work, also while the app stops.
    if (isClosing) start()
    else waiting.set(start, setTimeout(start, ms).unref())
  }

  async function run(name: string, data: object, attempt: number): Promise<void> {
    try {
      await handlers.get(name)?.(data)
      const times = complaints.get(name)
      if (times) log.info({ work: name, times: Object.fromEntries(times) }, 'Work succeeds again')
      complaints.delete(name)
    } catch (error) {
      const pause = isClosing ? undefined : pausesMs[attempt]
      complain(name, pause === undefined ? 'Gave up on work' : 'Work failed; retrying', { err: error })
      if (pause !== undefined) wait(name, data, pause, attempt + 1)
    }
  }

  /** Says it once, and how often it came when the work succeeds again: an outage must not fill the log. */
  function complain(name: string, text: string, details: object): void {
    const times = complaints.get(name) ?? new Map<string, number>()
    complaints.set(name, times.set(text, (times.get(text) ?? 0) + 1))
    if (times.get(text) === 1) log.error({ ...details, work: name }, text)
  }

  async function idle(): Promise<void> {
    while (running.size > 0) await Promise.all(running)
  }
}
