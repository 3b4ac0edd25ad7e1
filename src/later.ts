import { randomInt } from 'node:crypto'
import { currentResponse, outsideRequests, within } from './database.ts'
import type { Later } from './feature.ts'
import type { Log } from './log.ts'

interface Job {
  readonly name: string
  readonly data: object
  attempts: number
}

export interface LaterOptions {
  /** The first attempt comes at most this long after the response. Milliseconds. */
  maxDelayMs?: number
  /** Between attempts. Milliseconds. */
  pausesMs?: readonly number[]
}

export interface LaterQueue extends Later {
  /** Tries once more, at once, what still waits. Never fails. */
  close(): Promise<void>
}

/** Beyond it new work is dropped, and the log says so: what waits must not use up the app's memory. */
const maxQueued = 1_000
const maxAtOnce = 3
/** Below the 10 s that container hosts wait before they kill, together with the other limits of a stop. Milliseconds. */
const closeMs = 1_000

/** Work that no response waits for, in memory: a crash loses what is queued, so a page must offer to ask again. */
export function createLater(log: Log, options: LaterOptions = {}): LaterQueue {
  // Random, so that the next response is not slower by whether there was something to do.
  const { maxDelayMs = 1_000, pausesMs = [2_000, 5_000, 15_000, 45_000, 180_000] } = options
  const handlers = new Map<string, (data: object) => Promise<void>>()
  const waiting = new Map<Job, NodeJS.Timeout>()
  const ready: Job[] = []
  const running = new Set<Promise<void>>()
  let isClosing = false

  return {
    handle(name, work) {
      // What `add` took for this name; the type is between its two callers.
      handlers.set(name, work as (data: object) => Promise<void>)
    },
    add(name, data) {
      const job = { name, data, attempts: 0 }
      const res = currentResponse()
      // Closed already: the browser left before it had its response.
      if (!res || res.closed) accept(job)
      else res.once('close', () => outsideRequests(() => accept(job)))
    },
    async close() {
      isClosing = true
      for (const [job, timer] of waiting) {
        clearTimeout(timer)
        ready.push(job)
      }
      waiting.clear()
      work()
      await within(closeMs, idle()).catch(() => log.warn({ queued: size() }, 'Stopping with unfinished work'))
    },
  }

  function size(): number {
    return waiting.size + ready.length + running.size
  }

  function accept(job: Job): void {
    if (size() < maxQueued) wait(job, randomInt(maxDelayMs + 1))
    else log.error({ work: job.name, queued: maxQueued }, 'Queue full: dropping new work')
  }

  function wait(job: Job, ms: number): void {
    const timer = setTimeout(() => {
      waiting.delete(job)
      ready.push(job)
      work()
    }, ms)
    waiting.set(job, timer.unref())
  }

  function work(): void {
    while (running.size < maxAtOnce) {
      const job = ready.shift()
      if (!job) return
      const attempt = run(job).finally(() => {
        running.delete(attempt)
        work()
      })
      running.add(attempt)
    }
  }

  async function run(job: Job): Promise<void> {
    try {
      await handlers.get(job.name)?.(job.data)
    } catch (error) {
      const pause = isClosing ? undefined : pausesMs[job.attempts]
      job.attempts += 1
      log.error(
        { err: error, work: job.name, attempts: job.attempts },
        pause ? 'Work failed; retrying' : 'Gave up on work',
      )
      if (pause !== undefined) wait(job, pause)
    }
  }

  async function idle(): Promise<void> {
    while (running.size > 0) await Promise.all(running)
  }
}
