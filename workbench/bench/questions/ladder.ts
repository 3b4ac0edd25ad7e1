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
  question: 'What does each layer cost, from node:http to our dashboard, with one and the same page?',
  async run(harness) {
    const { database } = harness
    const nodeHttp = { name: 'node:http, page ready made', file: 'contestants/node-http.ts', env: {} }
    const withSession = stock(
      database.url('session'),
      { user: false },
      '+ session (connect-mongo, touchAfter)',
    )
    const withUser = stock(database.url('user'), { user: true }, '+ user (Passport, mongoose)')
    const ours = { signIn: register, path: '/dashboard' }
    const entries = await all({
      nodeHttp: visit(harness, nodeHttp, ready),
      express: visit(harness, plainExpress({ born: false }, 'Express, page ready made'), ready),
      expressBorn: visit(harness, plainExpress({ born: true }, 'the same, requests born so'), ready),
      ejs: visit(harness, plainExpress({ born: false }, '+ ejs'), rendered),
      ejsBorn: visit(harness, plainExpress({ born: true }, 'the same, requests born so'), rendered),
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
        `Of the ${short(page(user))} µs of processor time that a signed-in page takes as tutorials build it, Express is ` +
        `${short(express.appMicroseconds.median)} (${short(expressBorn.appMicroseconds.median)} when requests are born with ` +
        `its prototypes) and ejs ${short(ejs.appMicroseconds.median - express.appMicroseconds.median)}; the rest is for ` +
        `reading the session and the user. Our dashboard, with headers, checks and the same page, takes ${short(page(dashboard))}, with ` +
        `${short(dashboard.commands.median)} commands a page, as requests that come together share one.`,
      tables: [raceTable(entries, results)],
      charts: [
        {
          kind: 'bars',
          title: 'Processor time of a request, in µs',
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
