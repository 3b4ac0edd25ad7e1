import type { Question } from '../harness/answer.ts'
import type { Running } from '../harness/contestant.ts'
import { store, storeNames } from '../harness/contestants.ts'
import { spread } from '../harness/spread.ts'
import { signIn } from '../harness/visit.ts'

const stores = ['memory', 'ours'] as const
const processes = [1, 2, 4]
const requestsOfEach = 8

export const oneProcess: Question = {
  name: 'one-process',
  question: 'Do users stay signed in when the next request goes to another process?',
  async run(harness) {
    const visitors = harness.scale(100, 10)
    const shares: Record<(typeof stores)[number], number[]> = { memory: [], ours: [] }
    for (const name of stores) {
      const started = Array.from({ length: Math.max(...processes) }, () =>
        harness.start(store(harness, name, 'processes')),
      )
      const running = await Promise.all(started)
      for (const count of processes) {
        harness.say(`${storeNames[name]}, ${count} processes`)
        shares[name].push(await stillSignedIn(running.slice(0, count), visitors))
      }
      await harness.endContestants()
    }
    const percent = (share = 0) => `${(100 * share).toFixed(0)}%`
    return {
      sentences:
        `With MemoryStore, ${percent(shares.memory[1])} of signed-in users' requests are recognized with two processes, ` +
        `and ${percent(shares.memory[2])} with four, because each process knows only its own sessions. ` +
        `With MongoDB, ${percent(shares.ours[1])} and ${percent(shares.ours[2])} are.`,
      tables: [
        {
          columns: ['', ...processes.map((count) => `${count} process${count > 1 ? 'es' : ''}`)],
          rows: stores.map((name) => [storeNames[name], ...shares[name].map(percent)]),
        },
      ],
      charts: [
        {
          kind: 'bars',
          title: '% of requests still signed in',
          names: processes.map((count) => `${count} process${count > 1 ? 'es' : ''}`),
          series: stores.map((name) => ({
            name: storeNames[name],
            values: shares[name].map((share) => spread([100 * share])),
          })),
        },
      ],
      measured: { visitors, requestsOfEach, processes, shares },
    }
  },
}

/** Each visitor signs in to one process, then visits all in turn, as behind a load balancer without sticky sessions. */
async function stillSignedIn(running: Running[], visitors: number): Promise<number> {
  let [signedIn, asked] = [0, 0]
  for (let visitor = 0; visitor < visitors; visitor += 1) {
    const home = running[visitor % running.length]
    const cookie = home ? await signIn(home) : ''
    for (let request = 1; request <= requestsOfEach; request += 1) {
      const { url } = running[(visitor + request) % running.length] ?? {}
      const answer = await fetch(`${url}/read`, { headers: { cookie } })
      await answer.text()
      asked += 1
      if (answer.ok) signedIn += 1
    }
  }
  return signedIn / asked
}
