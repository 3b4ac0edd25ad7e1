import { setTimeout as sleep } from 'node:timers/promises'
import type { Question } from '../harness/answer.ts'
import { get } from '../harness/app.ts'
import { available, type StoreName, store, storeNames } from '../harness/contestants.ts'
import { short } from '../harness/spread.ts'

const stores = ['memory', 'redis', 'ours'] as const

export const removalByMaxAge: Question = {
  name: 'removal-by-max-age',
  question: 'Are sessions removed when their maxAge has passed?',
  async run(harness) {
    const [count, firstMs, lastMs] = harness.scale([10_000, 10_000, 40_000], [500, 1_000, 3_000])
    const database = await harness.openDatabase(harness.scale(5, 1))
    const { ttlSeconds } = database
    // Twice, because a session that expires just after a check is removed at the next.
    const untilMs = lastMs + harness.scale(2 * ttlSeconds, 2) * 1000
    const points: Partial<Record<StoreName, [number, number][]>> = {}
    await Promise.all(
      available(harness, stores).map(async (name) => {
        const contestant = store(harness, name, 'removal')
        const env = { ...contestant.env, DATABASE_URL: database.url('removal') }
        const { url } = await harness.start({ ...contestant, env })
        const start = performance.now()
        const before = JSON.parse(await get(`${url}/stored`))
        await get(`${url}/fill?count=${count}&firstMs=${firstMs}&lastMs=${lastMs}`)
        const seen: [number, number][] = []
        let ms = 0
        while (ms < untilMs) {
          await sleep(harness.scale(500, 250))
          ms = performance.now() - start
          harness.say(`${short(ms / 1000)} s`)
          seen.push([ms / 1000, JSON.parse(await get(`${url}/stored`)) - before])
        }
        points[name] = seen
      }),
    )
    const left = (name: StoreName) => points[name]?.at(-1)?.[1] ?? Number.NaN
    return {
      sentences:
        `Of ${short(count)} expired sessions, MongoDB's TTL index left ${short(left('ours'))}. MemoryStore kept ` +
        `${short(left('memory'))}, because it removes a session only when its owner comes back. MongoDB checked every ${ttlSeconds} s; ` +
        'its default is 60 s. Until it is removed, an expired session signs no one in.',
      tables: [
        {
          columns: ['', 'sessions left after the last has expired'],
          rows: stores.map((name) => [storeNames[name], short(left(name))]),
        },
      ],
      charts: [
        {
          kind: 'lines',
          title: 'Sessions in the store',
          x: { name: 'seconds' },
          y: { name: 'sessions' },
          lines: [
            {
              name: 'not expired',
              points: [
                [0, count],
                [firstMs / 1000, count],
                [lastMs / 1000, 0],
              ],
            },
            ...available(harness, stores).map((name) => ({
              name: storeNames[name],
              points: points[name] ?? [],
            })),
          ],
        },
      ],
      measured: { count, firstMs, lastMs, ttlSeconds, points },
    }
  },
}
