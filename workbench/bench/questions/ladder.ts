import type { Question } from '../harness/answer.ts'
import { ourApp, register } from '../harness/app.ts'
import { plainExpress, stock } from '../harness/contestants.ts'
import { race, raceTable } from '../harness/race.ts'
import { short } from '../harness/spread.ts'
import { all, asGuest, signIn, visit } from '../harness/visit.ts'

const ready = { path: '/ready', signIn: asGuest }
const rendered = { path: '/dashboard', signIn: asGuest }

export const ladder: Question = {
  name: 'ladder',
  question: 'What does each layer cost for the same page, from node:http to our dashboard?',
  async run(harness) {
    const { database } = harness
    const nodeHttp = { name: 'node:http, prerendered page', file: 'contestants/node-http.ts', env: {} }
    const withSession = stock(
      database.url('session'),
      { user: false },
      '+ session (connect-mongo, touchAfter)',
    )
    const withUser = stock(database.url('user'), { user: true }, '+ user (Passport, Mongoose)')
    const ours = { signIn: register, path: '/dashboard' }
    const entries = await all({
      nodeHttp: visit(harness, nodeHttp, ready),
      express: visit(harness, plainExpress({ born: false }, 'Express, prerendered page'), ready),
      expressBorn: visit(harness, plainExpress({ born: true }, 'the same, preset prototypes'), ready),
      ejs: visit(harness, plainExpress({ born: false }, '+ ejs'), rendered),
      ejsBorn: visit(harness, plainExpress({ born: true }, 'the same, preset prototypes'), rendered),
      session: visit(harness, withSession, { path: '/dashboard', signIn }),
      user: visit(harness, withUser, { path: '/dashboard', signIn }),
      login: visit(harness, ourApp(database.url('ours'), 'our sign-in page'), {
        path: '/login',
        signIn: asGuest,
      }),
      dashboard: visit(harness, ourApp(database.url('ours'), 'our dashboard'), ours),
    })
    const results = await race(harness, entries)
    const { express, expressBorn, ejs, user, dashboard } = results
    const page = (result: typeof user) => result.appMicroseconds.median + result.databaseMicroseconds.median
    return {
      sentences:
        `A signed-in page built as in tutorials takes ${short(page(user))} µs of CPU time: ` +
        `${short(express.appMicroseconds.median)} for Express (${short(expressBorn.appMicroseconds.median)} if requests are created with ` +
        `its prototypes), ${short(ejs.appMicroseconds.median - express.appMicroseconds.median)} for EJS, and the rest for ` +
        `reading the session and the user. Our dashboard, with headers, checks and the same page, takes ${short(page(dashboard))}, with ` +
        `${short(dashboard.commands.median)} commands per page, because concurrent requests share commands.`,
      tables: [raceTable(entries, results)],
      charts: [
        {
          kind: 'bars',
          title: 'CPU time per request, in µs',
          names: Object.values(entries).map(({ running }) => running.name),
          series: [
            { name: 'app', values: Object.values(results).map((one) => one.appMicroseconds) },
            {
              name: 'database',
              values: Object.entries(results).map(([name, one]) =>
                entries[name as keyof typeof entries].commands.length > 0
                  ? one.databaseMicroseconds
                  : undefined,
              ),
            },
          ],
        },
      ],
      measured: results,
    }
  },
}
