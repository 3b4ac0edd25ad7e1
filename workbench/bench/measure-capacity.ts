/**
 * npm run capacity -- --measure: the cost of one session and one page on this machine. Linux only.
 * It uses the embedded MongoDB behind its JavaScript listener, so a real MongoDB does better.
 */
import { hashPassword, type StoredSession, verifyPassword } from '../support/app.ts'
import type { CapacityInputs } from './capacity.ts'
import { ourApp, password, register } from './harness/app.ts'
import { openHarness } from './harness/harness.ts'
import { load } from './harness/load.ts'
import { fillSessions, storedBytes } from './harness/sessions.ts'
import { signInAll } from './harness/visit.ts'

const sessionCount = 200_000
const connections = 4 // few enough that requests seldom share a command; with more, a page costs less

/** Measures the built app. */
export async function measureCapacity(): Promise<CapacityInputs> {
  const harness = await openHarness(false, {})
  try {
    const url = harness.database.url('capacity')
    const app = await harness.start(ourApp(url))
    const page = { path: '/dashboard', cookies: await signInAll(app, register, connections), connections }
    await load(app, { ...page, extent: { duration: 2 } }) // warm-up: code isn't compiled yet
    const { appMicroseconds, databaseMicroseconds } = await load(
      app,
      { ...page, extent: { duration: 10 } },
      harness.database,
    )
    const sessions = harness.database.collection<StoredSession>(url, 'sessions')
    await fillSessions(sessions, sessionCount, harness.say)
    await harness.database.checkpoint()
    const { count, bytes, indexBytes } = await storedBytes(sessions)
    return {
      dataBytes: Math.round(bytes / count),
      indexBytes: Math.round(indexBytes / count),
      appMicroseconds: Math.round(appMicroseconds),
      databaseMicroseconds: Math.round(databaseMicroseconds),
      signInMicroseconds: await passwordMicroseconds(),
    }
  } finally {
    await harness.close()
  }
}

async function passwordMicroseconds(): Promise<number> {
  const hash = await hashPassword(password)
  const checks = 50
  const start = process.cpuUsage()
  for (let check = 0; check < checks; check += 1) await verifyPassword(hash, password)
  const { user, system } = process.cpuUsage(start)
  return Math.round((user + system) / checks)
}
