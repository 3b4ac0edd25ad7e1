/**
 * npm run bench:capacity -- --measure: what one session takes and what one page costs, on this machine. Linux only.
 * The database is the embedded one behind its listener in JavaScript, so a real MongoDB does better.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { mongo } from 'mongoose'
import { startLocalMongo } from '../dev/mongodb/start.ts'
import { hashPassword, verifyPassword } from '../src/models/password-hash.ts'
import type { CapacityInputs } from './capacity.ts'

const sessionCount = 200_000
const pageCount = 6_000
const connections = 32
const port = 3977
const form = { name: 'Ada', email: 'ada@example.com', password: 'seven green bicycles', remember: 'on' }
const browser =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

interface StoredCopy {
  _id: string
  expires: Date
  session: { signedInAt: Date; passport: { user: string } }
}

export async function measureCapacity(): Promise<CapacityInputs> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-capacity-'))
  const database = await startLocalMongo({ folder: join(folder, 'data'), port: 0, journal: false })
  const app = await startApp(database.uri)
  const client = await mongo.MongoClient.connect(database.uri)
  try {
    const cookie = await signIn()
    const before = [cpuMicroseconds(app.pid), cpuMicroseconds(database.pid)] as const
    await Promise.all(Array.from({ length: connections }, () => askPages(cookie, pageCount / connections)))
    const appMicroseconds = Math.round((cpuMicroseconds(app.pid) - before[0]) / pageCount)
    const databaseMicroseconds = Math.round((cpuMicroseconds(database.pid) - before[1]) / pageCount)
    return {
      ...(await sessionBytes(client.db())),
      appMicroseconds,
      databaseMicroseconds,
      signInMicroseconds: await passwordMicroseconds(),
    }
  } finally {
    await client.close()
    app.kill('SIGTERM')
    await new Promise((resolve) => app.once('exit', resolve))
    await database.stop()
    rmSync(folder, { recursive: true })
  }
}

async function startApp(databaseUrl: string): Promise<ChildProcess> {
  const app = fork(fileURLToPath(new URL('../dist/server.js', import.meta.url)), {
    execArgv: ['--disable-warning=DEP0044'],
    env: {
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      SECRET_KEY: randomBytes(32).toString('base64'),
      PORT: String(port),
      HOST: '127.0.0.1',
      LOG_LEVEL: 'warn',
      DRAIN_DELAY_SECONDS: '0',
    },
  })
  for (let tries = 0; tries < 100; tries += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    if (answer?.ok) return app
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('The app did not start. Run npm run build first.')
}

async function signIn(): Promise<string> {
  const answer = await fetch(`http://127.0.0.1:${port}/register`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Sec-Fetch-Site': 'same-origin', 'User-Agent': browser },
    body: new URLSearchParams(form),
  })
  const cookie = answer.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
  await askPages(cookie, 500) // the first ones find code that is not compiled yet
  return cookie
}

async function askPages(cookie: string, count: number): Promise<void> {
  for (let page = 0; page < count; page += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/dashboard`, {
      headers: { cookie },
      redirect: 'manual',
    })
    if (answer.status !== 200) throw new Error(`The dashboard answered ${answer.status}`)
    await answer.text()
  }
}

/** Copies of the one that the app has stored, each of another person. */
async function sessionBytes(db: mongo.Db): Promise<Pick<CapacityInputs, 'dataBytes' | 'indexBytes'>> {
  const sessions = db.collection<StoredCopy>('sessions')
  const stored = await sessions.findOne()
  if (!stored) throw new Error('The app stored no session')
  for (let done = 0; done < sessionCount; done += 1_000) {
    const copies = Array.from({ length: 1_000 }, () => ({
      ...stored,
      _id: randomBytes(32).toString('hex'),
      expires: earlier(stored.expires),
      session: {
        ...stored.session,
        signedInAt: earlier(stored.session.signedInAt),
        passport: { user: randomBytes(12).toString('hex') },
      },
    }))
    await sessions.insertMany(copies)
  }
  await db.admin().command({ fsync: 1 }) // sizes are those of the last checkpoint
  const [stats] = await sessions.aggregate([{ $collStats: { storageStats: {} } }]).toArray()
  const { count, size, totalIndexSize } = stats?.storageStats ?? {}
  return { dataBytes: Math.round(size / count), indexBytes: Math.round(totalIndexSize / count) }
}

/** Within the two weeks before: equal dates would make an index smaller than it is. */
function earlier(date: Date): Date {
  return new Date(date.getTime() - Math.random() * 14 * 24 * 60 * 60 * 1000)
}

async function passwordMicroseconds(): Promise<number> {
  const hash = await hashPassword(form.password)
  const checks = 50
  const start = process.cpuUsage()
  for (let check = 0; check < checks; check += 1) await verifyPassword(hash, form.password)
  const { user, system } = process.cpuUsage(start)
  return Math.round((user + system) / checks)
}

/** User and system time so far, which the kernel counts in hundredths of a second: proc(5). */
function cpuMicroseconds(pid = 0): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}
