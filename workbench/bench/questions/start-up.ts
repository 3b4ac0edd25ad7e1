import { setTimeout as sleep } from 'node:timers/promises'
import { features, type StoredSession } from '../../support/app.ts'
import { accounts } from '../harness/accounts.ts'
import type { LineChart, Question } from '../harness/answer.ts'
import { get, ourApp, register } from '../harness/app.ts'
import { type Running, start } from '../harness/contestant.ts'
import type { Harness } from '../harness/harness.ts'
import { cpuMicroseconds, residentBytes } from '../harness/process-usage.ts'
import { usableSessions } from '../harness/sessions.ts'
import { short, spread, withRange } from '../harness/spread.ts'
import { together } from '../harness/together.ts'

const maxIdleMegabytes = features.length > 0 ? 105 : 100

export const startUp: Question = {
  name: 'start-up',
  question: 'What does a process take to start, when idle, and after many sign-ins?',
  async run(harness) {
    const url = harness.database.url('start_up')
    const cpu: number[] = []
    const idle: number[] = []
    for (let run = 0; run < harness.scale(7, 1); run += 1) {
      harness.say(`start ${run + 1}`)
      const app = await start(ourApp(url))
      cpu.push(cpuMicroseconds(app.pid) / 1e6)
      await sleep(harness.scale(3_000, 100))
      idle.push(residentBytes(app.pid) / 1e6)
      await app.stop()
    }
    const app = await harness.start(ourApp(url))
    const cookie = await register(app)
    const signIns = {
      what: 'signing in',
      count: harness.option('sign-ins', harness.scale(3_000, 16)),
      atOnce: 8,
    }
    const users = harness.database.collection<{ passwordHash: string; email: string }>(url, 'users')
    const people = await accounts(app, users, 2 * signIns.count)
    const afterSignIns = await resident(harness, app, signIns, people.signIn)

    const sessions = harness.database.collection<StoredSession>(url, 'sessions')
    const count = harness.option('sessions', harness.scale(50_000, 200))
    const cookies = await usableSessions(sessions, count, cookie)
    const strangers = { what: 'showing dashboards to new users', count, atOnce: 32 }
    const afterSessions = await resident(harness, app, strangers, (index) =>
      get(`${app.url}/dashboard`, cookies[index]),
    )
    const [cpuSpread, idleSpread] = [spread(cpu), spread(idle)]
    const [signedIn, visited] = [afterSignIns.at(-1), afterSessions.at(-1)]
    return {
      sentences:
        `The built app listens, with its database ready and its indexes checked, after ${short(cpuSpread.median)} s of CPU time, ` +
        `and takes ${short(idleSpread.median)} MB of memory when idle. After ${short(signedIn?.[0] ?? 0)} sign-ins it takes ` +
        `${short(signedIn?.[1] ?? 0)} MB, and after the dashboards of ${short(visited?.[0] ?? 0)} users new to this process, ` +
        `${short(visited?.[1] ?? 0)} MB.`,
      tables: [
        {
          columns: ['', ''],
          rows: [
            ['s of CPU until it listens', withRange(cpuSpread)],
            ['MB resident, idle', withRange(idleSpread)],
            [`MB resident after ${short(signedIn?.[0] ?? 0)} sign-ins`, short(signedIn?.[1] ?? 0)],
            [`MB resident after ${short(visited?.[0] ?? 0)} other sessions`, short(visited?.[1] ?? 0)],
          ],
        },
      ],
      charts: [
        memoryChart('sign-ins', afterSignIns),
        memoryChart('sessions new to the process', afterSessions),
      ],
      goals: [
        {
          goal: 'A process listens within 0.6 s of CPU',
          reached: `${short(cpuSpread.median)} s`,
          met: cpuSpread.median <= 0.6,
        },
        {
          goal: `A process takes at most ${maxIdleMegabytes} MB when idle`,
          reached: `${short(idleSpread.median)} MB`,
          met: idleSpread.median <= maxIdleMegabytes,
        },
      ],
      measured: { cpuSeconds: cpuSpread, idleMegabytes: idleSpread, afterSignIns, afterSessions },
    }
  },
}

function memoryChart(what: string, points: [number, number][]): LineChart {
  const title = `Resident memory by number of ${what}`
  return { kind: 'lines', title, x: { name: what }, y: { name: 'MB' }, lines: [{ name: 'our app', points }] }
}

/** Its resident memory in MB, after each tenth of the calls. */
async function resident(
  harness: Harness,
  { pid }: Running,
  { what, count, atOnce }: { what: string; count: number; atOnce: number },
  call: (index: number) => Promise<unknown>,
): Promise<[number, number][]> {
  const steps = 10
  const points: [number, number][] = [[0, residentBytes(pid) / 1e6]]
  for (let step = 1; step <= steps; step += 1) {
    harness.say(`${what}, ${step} of ${steps} steps`)
    const from = Math.round(((step - 1) * count) / steps)
    const to = Math.round((step * count) / steps)
    await together(atOnce, to - from, (index) => call(from + index))
    points.push([to, residentBytes(pid) / 1e6])
  }
  return points
}
