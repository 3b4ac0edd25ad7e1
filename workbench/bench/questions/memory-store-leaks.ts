import type { Question } from '../harness/answer.ts'
import { get } from '../harness/app.ts'
import { available, type StoreName, store, storeNames } from '../harness/contestants.ts'
import { short } from '../harness/spread.ts'

const stores = ['memory', 'redis', 'ours'] as const

/** Heap of a process with this many sessions, after garbage collection. */
interface Memory {
  sessions: number
  heapUsed: number
  rss: number
}

export const memoryStoreLeaks: Question = {
  name: 'memory-store-leaks',
  question: 'How does memory use grow with the number of sessions?',
  async run(harness) {
    const steps = harness.scale([0, 25_000, 50_000, 100_000, 150_000, 200_000], [0, 1_000, 2_000])
    const measured: Partial<Record<StoreName, Memory[]>> = {}
    for (const name of available(harness, stores)) {
      const { url } = await harness.start(store(harness, name, 'leaks'))
      const memories: Memory[] = []
      for (const [index, sessions] of steps.entries()) {
        harness.say(`${storeNames[name]}, ${sessions} sessions`)
        await get(`${url}/fill?count=${sessions - (steps[index - 1] ?? 0)}`)
        memories.push({ sessions, ...JSON.parse(await get(`${url}/memory`)) })
      }
      measured[name] = memories
      await harness.endContestants()
    }
    const lines = Object.entries(measured).map(([name, memories]) => ({
      name: storeNames[name as StoreName],
      points: memories.map((memory): [number, number] => [memory.sessions, memory.heapUsed / 1e6]),
    }))
    const most = steps.at(-1) ?? 0
    const grown = (memories: Memory[] = []) => (memories.at(-1)?.heapUsed ?? 0) - (memories[0]?.heapUsed ?? 0)
    return {
      sentences:
        `After ${short(most)} sessions, MemoryStore holds ${short(grown(measured.memory) / 1e6)} MB more heap, ` +
        `${short(grown(measured.memory) / most)} bytes per session, and frees a session only when its owner comes back. ` +
        // Garbage collection may leave less than there was at first.
        `With our connect-mongo, the heap has grown by ${short(Math.max(0, grown(measured.ours)) / 1e6)} MB.`,
      tables: [
        {
          columns: ['', 'sessions', 'heap MB', 'resident MB'],
          rows: [
            ...Object.entries(measured).flatMap(([name, memories]) =>
              memories.map(({ sessions, heapUsed, rss }) => [
                storeNames[name as StoreName],
                short(sessions),
                short(heapUsed / 1e6),
                short(rss / 1e6),
              ]),
            ),
            ...(harness.redis ? [] : [[storeNames.redis, 'not measured', '', '']]),
          ],
        },
      ],
      charts: [
        {
          kind: 'lines',
          title: 'Heap in use, in MB',
          x: { name: 'sessions stored' },
          y: { name: 'MB' },
          lines,
        },
      ],
      measured,
    }
  },
}
