import type { Question } from '../harness/answer.ts'
import { ourApp } from '../harness/app.ts'
import { plainExpress } from '../harness/contestants.ts'
import { race, raceChart, raceTable, ratio } from '../harness/race.ts'
import { assertSamePage } from '../harness/same-page.ts'
import { short } from '../harness/spread.ts'
import { all, asGuest, visit } from '../harness/visit.ts'

const page = { path: '/login', signIn: asGuest }

export const loginPage: Question = {
  name: 'login-page',
  question: 'What does the sign-in page cost, which visitors see before they have a session?',
  async run(harness) {
    const entries = await all({
      express: visit(harness, plainExpress({ born: false }, 'Express + ejs'), page),
      born: visit(harness, plainExpress({ born: true }, 'Express + ejs, preset prototypes'), page),
      ours: visit(harness, ourApp(harness.database.url('login')), page),
    })
    await assertSamePage(Object.values(entries))
    const results = await race(harness, entries)
    const share = ratio(results.ours.perSecond, results.born.perSecond)
    const count = entries.ours.commands.length
    return {
      sentences:
        `Our sign-in page makes ${count} MongoDB commands, and is served ${short(results.ours.perSecond.median)} times per ` +
        `second with all our headers, checks and session middleware. Express with only EJS and the same page ` +
        `reaches ${short(results.express.perSecond.median)}, or ${short(results.born.perSecond.median)} when requests are ` +
        'created with its prototypes.',
      tables: [raceTable(entries, results)],
      charts: [raceChart('Sign-in pages per second, 32 concurrent', entries, results)],
      goals: [
        { goal: 'GET /login makes no MongoDB command', reached: `${count}`, met: count === 0 },
        {
          goal: 'The sign-in page reaches 60% of Express + ejs with preset prototypes',
          reached: `${short(100 * share)}%`,
          met: share >= 0.6,
        },
      ],
      measured: results,
    }
  },
}
