import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ejs from 'ejs'
import express, { type Express } from 'express'
import session from 'express-session'
import { emptyForm, features, passwordLength, styleSheets, themeColors } from '../../support/app.ts'
import { project } from '../../support/project.ts'

// Our app's pages, from its own views, for the other contestants. The benchmarks compare them with the pages that our app
// sends, byte for byte except digits and IDs.

const views = join(project, 'views')

/** The locals of every view. */
const common = {
  appName: 'Acme',
  assetUrl: (file: string) => `/assets/0123456789/${file}`,
  homePath: '/dashboard',
  homeLabel: 'Dashboard',
  styleSheets,
  themeColors: themeColors(),
  origin: 'http://localhost:3000',
  passwordMin: passwordLength.min,
  takeFlash: () => ({}),
}

/** The locals of one page. */
export type Page = { view: string; values: object }

/** The parts of those features that the app has. */
const parts = (...views: string[]) => {
  const there = views.filter((view) => features.some(({ name }) => view.startsWith(`${name}/`)))
  return there.length > 0 ? there.map((view) => ({ view })) : undefined
}

/** With the parts that features add. */
export function dashboard({ name, email } = { name: 'Ada', email: 'ada@example.com' }): Page {
  return {
    view: 'dashboard/show',
    values: {
      path: '/dashboard',
      user: { name, email },
      name,
      parts: {
        'frame.menu': parts('devices/menu', 'account/menu'),
        'dashboard.cards': parts('demo/card', 'devices/card', 'account/card'),
      },
    },
  }
}

export const login: Page = {
  view: 'auth/login',
  values: {
    ...emptyForm,
    path: '/login',
    values: { returnTo: '' },
    parts: {},
  },
}

/** Plain Express set up for the views, with plain EJS. */
export function expressWithViews(): Express {
  const app = express()
  app.set('views', [views])
  app.set('view engine', 'ejs')
  Object.assign(app.locals, common)
  return app
}

/** EJS without Express, which compiles each view once. @param strict without `with`, as in our app */
export function renderer(view: string, { strict = false } = {}): (page: Page) => string {
  const filename = join(views, `${view}.ejs`)
  const template = ejs.compile(readFileSync(filename, 'utf8'), {
    filename,
    views: [views],
    cache: true,
    strict,
  })
  return ({ values }) => template({ ...common, ...values })
}

export function cookieFor(maxAge: number): session.Cookie {
  // The types omit the constructor's parameters.
  return Reflect.construct(session.Cookie, [{ maxAge, sameSite: 'lax', secure: false }])
}

/** What our app keeps in a session besides the cookie and the user's ID. */
export function newSession() {
  return {
    epoch: 0,
    signedInAt: new Date(),
    userAgent:
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    address: '10.123.123.123',
  }
}
