import type { Question } from '../harness/answer.ts'
import { get } from '../harness/app.ts'
import { store, storeNames } from '../harness/contestants.ts'
import type { Sample } from '../harness/load.ts'
import { type Result, race } from '../harness/race.ts'
import { short, withRange } from '../harness/spread.ts'
import { signIn, signInAll } from '../harness/visit.ts'

const stores = ['memory', 'ours'] as const

export const memoryStoreSlows: Question = {
  name: 'memory-store-slows',
  question: 'Does a process get slower as more sessions are stored?',
  async run(harness) {
    const steps = harness.scale([1_000, 50_000, 100_000, 200_000], [100, 1_000])
    const running = {
      memory: await harness.start(store(harness, 'memory', 'slows')),
      ours: await harness.start(store(harness, 'ours', 'slows')),
    }
    const cookies = {
      memory: await signInAll(running.memory, signIn, 9),
      ours: await signInAll(running.ours, signIn, 9),
    }
    // One in ten requests is from a new visitor, whose session is stored.
    const load = (name: (typeof stores)[number]) => ({
      path: '/read',
      cookies: cookies[name],
      also: { path: '/sign-in' },
      connections: 16,
    })
    const results: { sessions: number; memory: Result; ours: Result }[] = []
    let sessions = 0
    for (const step of steps) {
      harness.say(`filling up to ${step} sessions`)
      for (const name of stores) await get(`${running[name].url}/fill?count=${step - sessions}`)
      sessions = step
      const entry = (name: (typeof stores)[number]) => ({
        running: running[name],
        load: load(name),
        commands: [],
      })
      results.push({ sessions, ...(await race(harness, { memory: entry('memory'), ours: entry('ours') })) })
    }
    const [first, last] = [results[0], results.at(-1)]
    const median = (result: Result | undefined, figure: keyof Sample) => short(result?.[figure].median ?? 0)
    return {
      sentences:
        `From ${short(first?.sessions ?? 0)} to ${short(last?.sessions ?? 0)} stored sessions, MemoryStore goes from ` +
        `${median(first?.memory, 'perSecond')} to ${median(last?.memory, 'perSecond')} requests per second, and its p99 from ` +
        `${median(first?.memory, 'p99Ms')} to ${median(last?.memory, 'p99Ms')} ms. ` +
        `With our connect-mongo, the p99 goes from ${median(first?.ours, 'p99Ms')} to ` +
        `${median(last?.ours, 'p99Ms')} ms.`,
      tables: [
        {
          columns: ['', 'sessions', 'requests per second', 'p50 ms', 'p99 ms'],
          rows: stores.flatMap((name) =>
            results.map((result) => [
              storeNames[name],
              short(result.sessions),
              withRange(result[name].perSecond),
              short(result[name].p50Ms.median),
              withRange(result[name].p99Ms),
            ]),
          ),
        },
      ],
      charts: (['p99Ms', 'perSecond'] as const).map((figure) => ({
        kind: 'lines',
        title: figure === 'p99Ms' ? 'p99, in ms' : 'Requests per second',
        x: { name: 'sessions stored' },
        y: { name: figure === 'p99Ms' ? 'ms' : 'requests per second' },
        lines: stores.map((name) => ({
          name: storeNames[name],
          points: results.map((result): [number, number] => [result.sessions, result[name][figure].median]),
        })),
      })),
      measured: results,
    }
  },
}
