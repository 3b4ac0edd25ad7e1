/**
 * Do others still get their pages while a crowd signs in? Sends 200 sign-ins at once, a hundred of them with a wrong password, ten
 * times over, and asks for /healthz every 20 ms meanwhile: npm run sign-in-crowd
 */
import { type ChildProcess, fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { mongo } from 'mongoose'
import { hashPassword } from '../support/app.ts'
import { startLocalMongo } from '../support/development.ts'

const crowd = 200
const rounds = 10
const everyMs = 20
const restMs = 3_000
const port = 3978
const password = 'seven green bicycles'

interface Answer {
  status: string
  ms: number
}

const folder = mkdtempSync(join(tmpdir(), 'bench-crowd-'))
const database = await startLocalMongo({ folder: join(folder, 'data'), port: 0, journal: false })
const app = await startApp(database.uri)
try {
  await makePeople(crowd * rounds)
  await ask('/healthz', new Agent())
  const atRest = await healthDuring(() => sleep(restMs))
  const signIns: Answer[] = []
  const inACrowd = await healthDuring(async () => {
    for (let round = 0; round < rounds; round += 1) {
      const numbers = Array.from({ length: crowd }, (_, index) => round * crowd + index)
      signIns.push(...(await Promise.all(numbers.map(signIn))))
    }
  })
  print(atRest, inACrowd, signIns)
} finally {
  app.kill('SIGTERM')
  await once(app, 'exit')
  await database.stop()
  rmSync(folder, { recursive: true })
}

async function startApp(databaseUrl: string): Promise<ChildProcess> {
  const child = fork(fileURLToPath(new URL('../src/server.ts', import.meta.url)), {
    execArgv: ['--import', import.meta.resolve('tsx'), '--disable-warning=DEP0044'],
    // Not the project's folder, where a developer's .env may lie.
    cwd: folder,
    env: {
      NODE_ENV: 'production',
      DATABASE_URL: databaseUrl,
      SECRET_KEY: randomBytes(32).toString('base64'),
      PORT: String(port),
      HOST: '127.0.0.1',
      TRUST_PROXY: '1',
      LOG_LEVEL: 'fatal',
      DRAIN_DELAY_SECONDS: '0',
      MAIL: 'off',
    },
  })
  for (let tries = 0; tries < 300; tries += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
    if (answer?.ok) return child
    await sleep(100)
  }
  throw new Error('The app did not start')
}

/** All with one password, of which one hash does. */
async function makePeople(count: number): Promise<void> {
  const client = await mongo.MongoClient.connect(database.uri)
  const passwordHash = await hashPassword(password)
  const people = Array.from({ length: count }, (_, number) => ({
    name: 'Ada',
    email: emailOf(number),
    passwordHash,
    epoch: 0,
  }))
  await client.db().collection('users').insertMany(people)
  await client.close()
}

/** The milliseconds of each answer of /healthz while something else goes on. */
async function healthDuring(work: () => Promise<unknown>): Promise<number[]> {
  const agent = new Agent({ keepAlive: true })
  const asked: Promise<Answer>[] = []
  const timer = setInterval(() => asked.push(ask('/healthz', agent)), everyMs)
  await work()
  clearInterval(timer)
  const answers = await Promise.all(asked)
  agent.destroy()
  return answers.map(({ ms }) => ms).sort((a, b) => a - b)
}

function signIn(number: number): Promise<Answer> {
  const right = number % 2 === 0
  const body = new URLSearchParams({
    email: emailOf(number),
    password: right ? password : 'no such password',
  })
  const address = `10.0.${number >> 8}.${number & 255}`
  return ask('/login', new Agent(), String(body), address)
}

function emailOf(number: number): string {
  return `ada${number}@example.com`
}

/** A GET, or a POST of a form. */
function ask(path: string, agent: Agent, body = '', address = '10.1.0.1'): Promise<Answer> {
  const headers = {
    'X-Forwarded-For': address,
    'Sec-Fetch-Site': 'same-origin',
    ...(body && { 'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': body.length }),
  }
  const start = performance.now()
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, agent, headers, method: body ? 'POST' : 'GET' }
    request(options, (answer) => {
      const wait = answer.headers['retry-after'] === undefined ? '' : ' with Retry-After'
      const status = `${answer.statusCode}${wait}`
      answer.resume().on('end', () => resolve({ status, ms: performance.now() - start }))
    })
      .on('error', reject)
      .end(body)
  })
}

function print(atRest: number[], inACrowd: number[], signIns: Answer[]): void {
  const rows: [string, string, string][] = [
    ['`/healthz`, asked', ...both(({ length }) => String(length))],
    ['median', ...both((all) => milliseconds(at(all, 0.5)))],
    ['99 of 100 within', ...both((all) => milliseconds(at(all, 0.99)))],
    ['slowest sign-in', '', milliseconds(Math.max(...signIns.map(({ ms }) => ms)))],
    ...[...new Set(signIns.map(({ status }) => status))]
      .sort()
      .map((status): [string, string, string] => [
        `sign-ins answered ${status}`,
        '',
        String(signIns.filter((one) => one.status === status).length),
      ]),
  ]
  console.log(`| | at rest | ${rounds} times ${crowd} sign-ins at once |\n|---|---|---|`)
  for (const row of rows) console.log(`| ${row.join(' | ')} |`)

  function both(say: (sorted: number[]) => string): [string, string] {
    return [say(atRest), say(inACrowd)]
  }
}

function at(sorted: number[], share: number): number {
  return sorted[Math.floor(share * sorted.length)] ?? 0
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(1)} ms`
}
