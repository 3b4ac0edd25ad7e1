/**
 * npm run against -- COMMIT: whether the app is slower than at a commit. COMMIT can also be a folder with a built version.
 * Both run on one MongoDB and take turns, so that other work on the machine affects both.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { project } from '../support/project.ts'
import { accounts } from './harness/accounts.ts'
import type { Answer } from './harness/answer.ts'
import { ourApp, register } from './harness/app.ts'
import { ask } from './harness/ask.ts'
import { type Contestant, start } from './harness/contestant.ts'
import { plainExpress } from './harness/contestants.ts'
import type { Harness } from './harness/harness.ts'
import { interleave } from './harness/interleave.ts'
import { load } from './harness/load.ts'
import { cpuMicroseconds } from './harness/process-usage.ts'
import { short, withRange } from './harness/spread.ts'
import { together } from './harness/together.ts'
import { usageOf } from './harness/usage.ts'
import { signInAll } from './harness/visit.ts'
import { asMarkdown } from './report/markdown.ts'

interface Sample {
  perSecond: number
  appMicroseconds: number
}

type Measure = () => Promise<Sample>

const rounds = 9
const signIns = 100
const extent = { duration: 2 }
const loginPage = { path: '/login', connections: 32, extent }
const columns = ['', 'per second: before', 'now', 'share', 'µs of CPU each: before', 'now', 'share']
const nothing = { perSecond: Number.NaN, appMicroseconds: Number.NaN }
const [given] = process.argv.slice(2)
if (!given) throw new Error('Usage: npm run against -- COMMIT')
const isBuilt = existsSync(join(given, 'dist/server.js'))
const before = isBuilt ? given : build(given)
const question = `Is the app slower than at ${given}?`
try {
  await ask(
    [{ name: 'against', question, run }],
    { quick: false, options: {} },
    async (_question, answer) => {
      console.log(`${question}\n\n${asMarkdown(answer)}`)
    },
  )
} finally {
  if (!isBuilt) rmSync(before, { recursive: true, force: true })
}

function build(commit: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'bench-against-'))
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
  run('git', 'clone', '--quiet', project, '.')
  run('git', 'checkout', '--quiet', commit)
  run('npm', 'ci', '--ignore-scripts')
  run('npm', 'run', 'build')
  return folder
}

async function run(harness: Harness): Promise<Answer> {
  const [then, now] = [join(before, 'dist/server.js'), '../../dist/server.js']
  const theirs = await work(harness, { ...ourApp(harness.database.url('before'), 'before'), file: then })
  const ours = await work(harness, { ...ourApp(harness.database.url('now'), 'now'), file: now })
  const express = await harness.start(plainExpress({ born: true }, 'Express + ejs'))
  const rows = []
  for (const [what, measure] of Object.entries(ours))
    rows.push(await compare(harness, what, theirs[what], measure))
  const page = () => load(express, loginPage)
  rows.push(
    await compare(harness, 'GET /login, against Express + ejs', page, ours['GET /login, 32 concurrent']),
  )
  return { sentences: '', tables: [{ columns, rows }], charts: [], measured: undefined }
}

async function compare(
  harness: Harness,
  what: string,
  theirs: Measure | undefined,
  ours: Measure | undefined,
): Promise<string[]> {
  const results = await interleave(['before', 'now'], rounds, async (name, round) => {
    harness.say(`${what}: ${name}, run ${round + 1} of ${rounds}`)
    const { perSecond, appMicroseconds } = (await (name === 'now' ? ours : theirs)?.()) ?? nothing
    return { perSecond, appMicroseconds }
  })
  const { before, now } = results
  const share = (figure: keyof Sample) => `${short((100 * now[figure].median) / before[figure].median)} %`
  return [
    what,
    ...[before, now].map(({ perSecond }) => withRange(perSecond)),
    share('perSecond'),
    ...[before, now].map(({ appMicroseconds }) => withRange(appMicroseconds)),
    share('appMicroseconds'),
  ]
}

/** The workloads, by name. */
async function work(harness: Harness, contestant: Contestant): Promise<Record<string, Measure>> {
  const running = await harness.start(contestant)
  const cookies = await signInAll(running, register, 32)
  const url = contestant.env.DATABASE_URL ?? ''
  const users = harness.database.collection<{ passwordHash: string; email: string }>(url, 'users')
  const people = await accounts(running, users, (rounds + 1) * signIns)
  const dashboard = { path: '/dashboard', cookies, extent }
  for (const page of [dashboard, loginPage]) await load(running, { ...page, connections: 32 })
  return {
    'GET /dashboard, 32 concurrent': () => load(running, { ...dashboard, connections: 32 }),
    'GET /dashboard, sequential': () => load(running, { ...dashboard, connections: 1 }),
    'GET /login, 32 concurrent': () => load(running, loginPage),
    'POST /login, 8 concurrent': async () => {
      let perSecond = 0
      const usage = await usageOf(running.pid, undefined, async () => {
        perSecond = await together(8, signIns, people.signIn)
        return signIns
      })
      return { ...usage, perSecond }
    },
    'startup, until it listens': async () => {
      const from = performance.now()
      const app = await start(contestant)
      const sample = {
        perSecond: 1000 / (performance.now() - from),
        appMicroseconds: cpuMicroseconds(app.pid),
      }
      await app.stop()
      return sample
    },
  }
}
