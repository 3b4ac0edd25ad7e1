import type { Question, Table } from '../harness/answer.ts'
import { ourApp, register } from '../harness/app.ts'
import { bare, stock } from '../harness/contestants.ts'
import { interleave, type Spreads } from '../harness/interleave.ts'
import { paced } from '../harness/paced.ts'
import { type Entry, race, raceChart, raceTable, ratio } from '../harness/race.ts'
import { assertSamePage } from '../harness/same-page.ts'
import { percentile, short, withRange } from '../harness/spread.ts'
import { usageOf } from '../harness/usage.ts'
import { all, asGuest, signIn, visit } from '../harness/visit.ts'

const path = '/dashboard'
/** More than half of the slowest contestant's capacity. */
const visitsPerSecond = 400

export const dashboard: Question = {
  name: 'dashboard',
  question:
    'How fast is a signed-in page, compared with what tutorials build and with the least possible work?',
  async run(harness) {
    const [ourUrl, stockUrl] = [harness.database.url('ours'), harness.database.url('stock')]
    const ours = await visit(harness, ourApp(ourUrl), { path, signIn: register })
    const tutorial = stock(stockUrl, { user: true }, 'tutorial stack')
    const guest = { path, signIn: asGuest }
    const others = await all({
      stock: visit(harness, tutorial, { path, signIn }),
      bare: visit(harness, bare(ourUrl, ours.commands, 'ejs', 'bare driver, ejs'), guest),
      least: visit(harness, bare(ourUrl, ours.commands, 'ours', 'bare driver, our rendering'), guest),
    })
    const entries = { stock: others.stock, ours, bare: others.bare, least: others.least }
    await assertSamePage(Object.values(entries))
    const results = await race(harness, entries)
    const alone = await race(harness, oneAtATime(entries))
    const visits = await interleave(names(entries), harness.rounds, (name, round) => {
      harness.say(`${entries[name].running.name}, visits, run ${round + 1} of ${harness.rounds}`)
      return independentVisits(entries[name], { perSecond: visitsPerSecond, seconds: harness.scale(2, 0.25) })
    })
    const toStock = ratio(results.ours.perSecond, results.stock.perSecond)
    const toBare = ratio(results.ours.perSecond, results.bare.perSecond)
    const toLeast = ratio(results.ours.perSecond, results.least.perSecond)
    const aloneToStock = ratio(alone.ours.perSecond, alone.stock.perSecond)
    const aloneToBare = ratio(alone.ours.perSecond, alone.bare.perSecond)
    const aloneToLeast = ratio(alone.ours.perSecond, alone.least.perSecond)
    const count = ours.commands.length
    return {
      sentences:
        `With 32 concurrent requests, our app serves ${short(results.ours.perSecond.median)} dashboards per second, ` +
        `${short(toStock)} times as many as plain Express with connect-mongo, touchAfter, Passport and a Mongoose document of ` +
        'the user for the same page. Concurrent requests share MongoDB commands: a page then takes ' +
        `${short(results.ours.commands.median)} commands, ${short(visits.ours.commands.median)} at a steady ${visitsPerSecond} visits per ` +
        `second, and ${count} when requested alone, ${short(aloneToStock)} times as fast as the tutorial stack. ` +
        'The driver alone, under node:http with one command per page, serves ' +
        `${short(results.bare.perSecond.median)} pages per second to 32 concurrent requests with plain EJS, and ` +
        `${short(results.least.perSecond.median)} with our rendering.`,
      tables: [
        raceTable(entries, results, '32 concurrent'),
        raceTable(entries, alone, 'sequential'),
        visitsTable(entries, visits),
      ],
      charts: [raceChart('Dashboards per second, 32 concurrent', entries, results)],
      goals: [
        { goal: 'A signed-in dashboard makes 1 MongoDB command', reached: `${count}`, met: count === 1 },
        {
          goal: 'The dashboard is at least 3 times as fast as what tutorials build, 32 concurrent',
          reached: `${short(toStock)} times`,
          met: toStock >= 3,
        },
        {
          goal: 'The same sequentially, at least 1.5 times as fast',
          reached: `${short(aloneToStock)} times`,
          met: aloneToStock >= 1.5,
        },
        {
          goal: 'The dashboard reaches 70% of the bare driver with one command per page, 32 concurrent',
          reached: `${short(100 * toBare)}%; ${short(100 * toLeast)}% with our rendering in both`,
          met: toBare >= 0.7,
        },
        {
          goal: 'The dashboard reaches 70% of the bare driver sequentially, when no command is shared',
          reached: `${short(100 * aloneToBare)}%; ${short(100 * aloneToLeast)}% with our rendering in both`,
          met: aloneToBare >= 0.7,
        },
      ],
      measured: { commands: ours.commands.map(withoutIds), results, alone, visits },
    }
  },
}

function oneAtATime<N extends string>(entries: Record<N, Entry>): Record<N, Entry> {
  const slowed = names(entries).map((name) => [
    name,
    { ...entries[name], load: { ...entries[name].load, connections: 1 } },
  ])
  return Object.fromEntries(slowed)
}

/** Visits at a fixed rate, each by the next user, without waiting for earlier responses. */
async function independentVisits(
  { running, load, behind }: Entry,
  pace: { perSecond: number; seconds: number },
) {
  const { path, cookies = [] } = load
  let [visitor, times]: [number, number[]] = [0, []]
  const call = () => ({ path, headers: { cookie: cookies[visitor++ % cookies.length] ?? '' } })
  const usage = await usageOf(running.pid, behind, async () => {
    times = (await paced(running.url, pace, call)).sort((a, b) => a - b)
    return times.length
  })
  return { ...usage, p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99) }
}

function visitsTable<N extends string>(
  entries: Record<N, Entry>,
  results: Record<N, Spreads<Awaited<ReturnType<typeof independentVisits>>>>,
): Table {
  return {
    columns: [`${visitsPerSecond} per second`, 'p50 ms', 'p99 ms', 'µs of CPU: app', 'database', 'commands'],
    rows: names(entries).map((name) => [
      entries[name].running.name,
      withRange(results[name].p50Ms),
      withRange(results[name].p99Ms),
      short(results[name].appMicroseconds.median),
      short(results[name].databaseMicroseconds.median),
      short(results[name].commands.median),
    ]),
  }
}

function names<N extends string>(entries: Record<N, Entry>): N[] {
  return Object.keys(entries) as N[] // an object's own keys are of its type
}

/** Without IDs, which differ from run to run. */
function withoutIds(command: string): string {
  return command.replace(/[0-9a-f]{24,64}/g, '…')
}
