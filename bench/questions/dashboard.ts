import type { Question } from '../harness/answer.ts'
import { ourApp, register } from '../harness/app.ts'
import { bare, stock } from '../harness/contestants.ts'
import { type Entry, race, raceChart, raceTable, ratio } from '../harness/race.ts'
import { assertSamePage } from '../harness/same-page.ts'
import { short } from '../harness/spread.ts'
import { asGuest, signIn, visit } from '../harness/visit.ts'

const path = '/dashboard'

export const dashboard: Question = {
  name: 'dashboard',
  question: 'How fast is a signed-in page, between what tutorials build and the least that can be done?',
  async run(harness) {
    const [ourUrl, stockUrl] = [harness.database.url('ours'), harness.database.url('stock')]
    const ours = await visit(harness, ourApp(ourUrl), { path, signIn: register })
    const tutorial = stock(stockUrl, { user: true }, 'as tutorials build it')
    const guest = { path, signIn: asGuest }
    const entries = {
      stock: await visit(harness, tutorial, { path, signIn }),
      ours,
      bare: await visit(harness, bare(ourUrl, ours.commands, 'ejs', 'bare driver, ejs'), guest),
      least: await visit(harness, bare(ourUrl, ours.commands, 'ours', 'bare driver, our rendering'), guest),
    }
    await assertSamePage(Object.values(entries))
    const results = await race(harness, entries)
    const alone = await race(harness, oneAtATime(entries))
    const toStock = ratio(results.ours.perSecond, results.stock.perSecond)
    const toBare = ratio(results.ours.perSecond, results.bare.perSecond)
    const toLeast = ratio(results.ours.perSecond, results.least.perSecond)
    const count = ours.commands.length
    return {
      sentences:
        `Our dashboard is answered ${short(results.ours.perSecond.median)} times a second, 32 at once: ${short(toStock)} times what ` +
        'plain Express does for the same page with connect-mongo, touchAfter, Passport and a mongoose document of the user. ' +
        `A page that is asked for alone makes ${count} MongoDB command${count === 1 ? '' : 's'}; those that are asked for at once ` +
        `share it, ${short(results.ours.commands.median)} a page here. The driver alone, under node:http, with a command for each ` +
        `and the same page, reaches ${short(results.bare.perSecond.median)} with EJS as it comes, and ` +
        `${short(results.least.perSecond.median)} with our way to render. One at a time ours is ` +
        `${short(ratio(alone.ours.perSecond, alone.stock.perSecond))} times what tutorials build.`,
      tables: [raceTable(entries, results, '32 at once'), raceTable(entries, alone, '1 at once')],
      charts: [raceChart('Dashboards a second, 32 at once', entries, results)],
      goals: [
        { goal: 'A signed-in dashboard makes 1 MongoDB command', reached: `${count}`, met: count === 1 },
        {
          goal: 'It is at least 3 times as fast as what tutorials build',
          reached: `${short(toStock)} times`,
          met: toStock >= 3,
        },
        {
          goal: 'It reaches 70 % of the bare driver with the same commands and page',
          reached: `${short(100 * toBare)} %; ${short(100 * toLeast)} % when that renders as we do`,
          met: toBare >= 0.7,
        },
      ],
      measured: { commands: ours.commands.map(withoutIds), results, alone },
    }
  },
}

function oneAtATime<N extends string>(entries: Record<N, Entry>): Record<N, Entry> {
  const names = Object.keys(entries) as N[] // an object's own keys are of its type
  const slowed = names.map((name) => [
    name,
    { ...entries[name], load: { ...entries[name].load, connections: 1 } },
  ])
  return Object.fromEntries(slowed)
}

/** What it looks for is of this run alone. */
function withoutIds(command: string): string {
  return command.replace(/[0-9a-f]{24,64}/g, '…')
}
