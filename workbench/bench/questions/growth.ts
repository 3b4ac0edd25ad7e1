import type { StoredSession } from '../../support/app.ts'
import type { Question } from '../harness/answer.ts'
import { ourApp, register } from '../harness/app.ts'
import { type Entry, race, ratio } from '../harness/race.ts'
import { fillSessions, storedBytes, usableSessions } from '../harness/sessions.ts'
import { short, withRange } from '../harness/spread.ts'

const used = 500

export const growth: Question = {
  name: 'growth',
  question: 'Does the dashboard get slower when MongoDB holds a million sessions?',
  async run(harness) {
    const sizes = harness.scale([1_000, 100_000, 1_000_000], [1_000, 2_000])
    const entries: Record<string, Entry> = {}
    const stored: Record<string, { bytes: number; indexBytes: number }> = {}
    for (const size of sizes) {
      const url = harness.database.url(`growth_${size}`)
      const running = await harness.start(ourApp(url, `our app, ${size} sessions`))
      const cookie = await register(running)
      const sessions = harness.database.collection<StoredSession>(url, 'sessions')
      await fillSessions(sessions, size - used - 1, harness.say)
      const cookies = await usableSessions(sessions, used, cookie)
      await harness.database.checkpoint()
      stored[size] = await storedBytes(sessions)
      const load = { path: '/dashboard', cookies, connections: 1 }
      entries[size] = { running, load, behind: harness.database, commands: [] }
    }
    const results = await race(harness, entries)
    const [few, many] = [sizes[0] ?? 0, sizes.at(-1) ?? 0]
    const [first, last] = [results[few], results[many]]
    const grown = first && last ? ratio(last.p50Ms, first.p50Ms) : Number.NaN
    return {
      sentences:
        `With ${short(many)} stored sessions, the median dashboard takes ${short(grown)} times as long as with ${short(few)}. ` +
        `A session takes ${short((stored[many]?.bytes ?? 0) / many)} bytes, plus ${short((stored[many]?.indexBytes ?? 0) / many)} ` +
        'in the indexes.',
      tables: [
        {
          columns: ['sessions', 'p50 ms', 'p99 ms', 'µs of CPU: app', 'database', 'MB', 'MB of indexes'],
          rows: sizes.map((size) => {
            const [result, disk] = [results[size], stored[size]]
            if (!result || !disk) return [size]
            return [
              size.toLocaleString('en-US'),
              withRange(result.p50Ms),
              withRange(result.p99Ms),
              short(result.appMicroseconds.median),
              short(result.databaseMicroseconds.median),
              short(disk.bytes / 1e6),
              short(disk.indexBytes / 1e6),
            ]
          }),
        },
      ],
      charts: [
        {
          kind: 'lines',
          title: 'Dashboard in ms, sequential requests',
          x: { name: 'stored sessions', logarithmic: true },
          y: { name: 'ms' },
          lines: (['p50Ms', 'p99Ms'] as const).map((figure) => ({
            name: figure.slice(0, 3),
            points: sizes.map((size): [number, number] => [
              size,
              results[size]?.[figure].median ?? Number.NaN,
            ]),
          })),
        },
      ],
      goals: [
        {
          goal: "The dashboard's p50 with a million sessions is at most 1.1 times its p50 with a thousand",
          reached: `${short(grown)} times`,
          met: grown <= 1.1,
        },
      ],
      measured: { usedSessions: used, stored, results },
    }
  },
}
