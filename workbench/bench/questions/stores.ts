import type { Question, Table } from '../harness/answer.ts'
import { available, behindStore, type StoreName, store, storeNames } from '../harness/contestants.ts'
import type { Harness } from '../harness/harness.ts'
import { type Entry, type Result, race, ratio } from '../harness/race.ts'
import { short, withRange } from '../harness/spread.ts'
import { signIn, signInAll } from '../harness/visit.ts'

const stores = ['memory', 'redis', 'connect-mongo', 'touch-after', 'ours'] as const
const kinds = [
  { name: 'reading, sequential', path: '/read', connections: 1 },
  { name: 'reading, 64 concurrent', path: '/read', connections: 64 },
  { name: 'writing, sequential', path: '/write', connections: 1 },
  { name: 'writing, 64 concurrent', path: '/write', connections: 64 },
]

type Results = Record<string, Partial<Record<StoreName, Result>>>

export const storesQuestion: Question = {
  name: 'stores',
  question: 'Is connect-mongo as fast as Redis?',
  async run(harness) {
    const entries = await startAll(harness)
    const results: Results = {}
    for (const { name, path, connections } of kinds) {
      const loaded = Object.entries(entries).map(([store, entry]) => [
        store,
        { ...entry, load: { ...entry.load, path, connections } },
      ])
      results[name] = await race(harness, Object.fromEntries(loaded))
    }
    const [, reading, , writing] = kinds.map(({ name }) => results[name] ?? {})
    return {
      sentences: `${compare(reading, 'reading')} ${compare(writing, 'writing')}`,
      tables: kinds.map(({ name }) => table(name, results[name] ?? {})),
      charts: [1, 64].map((connections) => ({
        kind: 'bars',
        title: `Requests per second, ${connections} concurrent`,
        names: stores.map((store) => storeNames[store]),
        series: kinds
          .filter((kind) => kind.connections === connections)
          .map(({ name }) => ({
            name,
            values: stores.map((store) => results[name]?.[store]?.perSecond),
          })),
      })),
      measured: results,
    }
  },
}

async function startAll(harness: Harness): Promise<Partial<Record<StoreName, Entry>>> {
  const started = available(harness, stores).map(async (name) => {
    const running = await harness.start(store(harness, name, 'stores'))
    // A visitor per connection, because concurrent requests of one visitor would write the same document.
    const cookies = await signInAll(running, signIn, 64)
    const load = { path: '', connections: 1, cookies }
    return [name, { running, load, behind: behindStore(harness, name), commands: [] }] as const
  })
  return Object.fromEntries(await Promise.all(started))
}

function compare(results: Partial<Record<StoreName, Result>> = {}, verb: string): string {
  const { redis, ours, 'connect-mongo': plain } = results
  if (!ours || !plain) return ''
  const figures = `our connect-mongo serves ${short(ours.perSecond.median)} requests per second and plain connect-mongo ${short(plain.perSecond.median)}`
  if (!redis) return `When ${verb} with 64 concurrent requests, ${figures}. Redis was not measured.`
  const times = ratio(redis.perSecond, ours.perSecond)
  return `When ${verb} with 64 concurrent requests, ${figures}. Redis, at ${short(redis.perSecond.median)}, is ${short(times)} times as fast as ours.`
}

function table(kind: string, results: Partial<Record<StoreName, Result>>): Table {
  return {
    columns: [kind, 'requests per second', 'p50 ms', 'p99 ms', 'µs of CPU: app', 'store', 'commands'],
    rows: stores.map((store) => {
      const result = results[store]
      if (!result) return [storeNames[store], 'not measured', '', '', '', '', '']
      return [
        storeNames[store],
        withRange(result.perSecond),
        short(result.p50Ms.median),
        short(result.p99Ms.median),
        short(result.appMicroseconds.median),
        store === 'memory' ? 0 : short(result.databaseMicroseconds.median),
        Number.isFinite(result.commands.median) ? short(result.commands.median) : '',
      ]
    }),
  }
}
