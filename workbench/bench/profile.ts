/**
 * npm run profile: where the dashboard's time goes, as a table by package, and as profile.cpuprofile for a flame graph in
 * https://www.speedscope.app, Chrome's developer tools or VS Code.
 * npm run profile -- --path /account, -- sign-in, -- start: for another page, signing in, or startup until it listens.
 * Covers the main thread only, so not password hashing.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { accounts } from './harness/accounts.ts'
import { ourApp, register } from './harness/app.ts'
import { ask } from './harness/ask.ts'
import type { Running } from './harness/contestant.ts'
import type { Harness } from './harness/harness.ts'
import { load } from './harness/load.ts'
import { short } from './harness/spread.ts'
import { together } from './harness/together.ts'
import { signInAll } from './harness/visit.ts'
import { lastSeconds, timeByPackage } from './report/cpu-profile.ts'
import { asMarkdown } from './report/markdown.ts'

interface Subject {
  name: string
  /** The workload. */
  work(harness: Harness, running: Running, databaseUrl: string): Promise<unknown>
  /** The end of the profile, when everything is compiled; undefined for all of it. */
  seconds?: number
}

const options = { path: { type: 'string', default: '/dashboard' } } as const
const { values, positionals } = parseArgs({ options, allowPositionals: true })
const subject = subjectOf(positionals[0])

await ask(
  [
    {
      name: 'profile',
      question: `Where does the time of ${subject.name} go?`,
      async run(harness) {
        const folder = mkdtempSync(join(tmpdir(), 'bench-profile-'))
        const databaseUrl = harness.database.url('profile')
        const app = ourApp(databaseUrl)
        // One unmeasured start first, because it creates the indexes.
        await (await harness.start(app)).stop()
        const nodeOptions = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=500']
        const running = await harness.start({ ...app, nodeOptions })
        await subject.work(harness, running, databaseUrl)
        await running.stop()
        const [file = ''] = readdirSync(folder)
        const text = readFileSync(join(folder, file), 'utf8')
        rmSync(folder, { recursive: true })
        const whole = JSON.parse(text)
        const profile = subject.seconds ? lastSeconds(whole, subject.seconds) : whole
        writeFileSync('profile.cpuprofile', JSON.stringify(profile))
        const times = timeByPackage(profile)
        const total = times.reduce((sum, [, time]) => sum + time, 0)
        return {
          sentences: 'Drop workbench/profile.cpuprofile on https://www.speedscope.app for the flame graph.',
          tables: [
            {
              columns: ['functions in', '% of time'],
              rows: times.slice(0, 20).map(([name, time]) => [name, short((100 * time) / total)]),
            },
          ],
          charts: [],
          measured: undefined,
        }
      },
    },
  ],
  { quick: false, options: {} },
  async ({ question }, answer) => {
    console.log(`${question}\n\n${asMarkdown(answer)}`)
  },
)

function subjectOf(name: string | undefined): Subject {
  if (name === 'start') return { name: 'startup', work: async () => {} }
  if (name === 'sign-in') return { name: 'signing in', work: signIns, seconds: 10 }
  return { name: values.path, work: pages, seconds: 10 }
}

async function pages(harness: Harness, running: Running) {
  const visit = { path: values.path, cookies: await signInAll(running, register, 32), connections: 32 }
  harness.say('requesting pages')
  await load(running, { ...visit, extent: { duration: 14 } })
}

async function signIns(harness: Harness, running: Running, databaseUrl: string) {
  const users = harness.database.collection<{ passwordHash: string; email: string }>(databaseUrl, 'users')
  const count = 1_000 // takes longer than the seconds shown
  const people = await accounts(running, users, count)
  harness.say('signs in')
  await together(8, count, people.signIn)
}
