/**
 * npm run profile: where the time of the signed-in dashboard goes, as a flame graph in profile.svg, and by package as a table.
 * The profile itself stays beside it as profile.cpuprofile, which the developer tools of Chrome open.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ourApp, register } from './harness/app.ts'
import { ask } from './harness/ask.ts'
import { load } from './harness/load.ts'
import { short } from './harness/spread.ts'
import { signInAll } from './harness/visit.ts'
import { lastSeconds, timeByPackage } from './report/cpu-profile.ts'
import { flameGraph } from './report/flame-graph.ts'
import { asMarkdown } from './report/markdown.ts'

const { values } = parseArgs({ options: { path: { type: 'string', default: '/dashboard' } } })
const { path } = values
/** Of the profile, after as long as it takes until everything is compiled. */
const seconds = 10

await ask(
  [
    {
      name: 'profile',
      question: `Where does the time of ${path} go?`,
      async run(harness) {
        const folder = mkdtempSync(join(tmpdir(), 'bench-profile-'))
        const app = ourApp(harness.database.url('profile'))
        const nodeOptions = ['--cpu-prof', `--cpu-prof-dir=${folder}`, '--cpu-prof-interval=500']
        const running = await harness.start({ ...app, nodeOptions })
        const visit = { path, cookies: await signInAll(running, register, 32), connections: 32 }
        harness.say('asks for pages')
        await load(running, { ...visit, extent: { duration: seconds + 4 } })
        await running.stop()
        const [file = ''] = readdirSync(folder)
        const text = readFileSync(join(folder, file), 'utf8')
        rmSync(folder, { recursive: true })
        const profile = lastSeconds(JSON.parse(text), seconds)
        writeFileSync('profile.cpuprofile', text)
        writeFileSync('profile.svg', flameGraph(profile, `Where the time of ${path} goes`))
        const times = timeByPackage(profile)
        const total = times.reduce((sum, [, time]) => sum + time, 0)
        return {
          sentences:
            'profile.svg has the flame graph: open it in a browser and point at a bar for its name and share.',
          tables: [
            {
              columns: ['in functions of', '% of the time'],
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
