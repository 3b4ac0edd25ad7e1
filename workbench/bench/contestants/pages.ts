import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ejs from 'ejs'
import express, { type Express } from 'express'
import session from 'express-session'
import { emptyForm, passwordLength, styleSheets, themeColors } from '../../support/app.ts'
import { project } from '../../support/project.ts'

// The pages of our app, from its own views, for contestants that are built otherwise. The benches compare them with
// those that our app sends, byte for byte but for digits and ids.

const views = join(project, 'views')

/** What every view uses. */
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

/** The values of one page. */
export type Page = { view: string; values: object }

/** With the parts that the features add to it. */
export function dashboard({ name, email } = { name: 'Ada', email: 'ada@example.com' }): Page {
  return {
    view: 'dashboard/show',
    values: {
      path: '/dashboard',
      user: { name, email },
      name,
      parts: {
        'frame.menu': [{ view: 'devices/menu' }, { view: 'account/menu' }],
        'dashboard.cards': [{ view: 'demo/card' }, { view: 'devices/card' }, { view: 'account/card' }],
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

/** Express as it comes, set up for the views, with EJS as it comes. */
export function expressWithViews(): Express {
  const app = express()
  app.set('views', [views])
  app.set('view engine', 'ejs')
  Object.assign(app.locals, common)
  return app
}

/** Without Express, by EJS, which compiles a view once. @param strict as our app has it: without `with` */
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
  // The types leave out what the constructor takes.
  return Reflect.construct(session.Cookie, [{ maxAge, sameSite: 'lax', secure: false }])
}

/** What our app keeps in a session, beside the cookie and the user's id. */
export function newSession() {
  return {
    epoch: 0,
    signedInAt: new Date(),
    userAgent:
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    address: '10.123.123.123',
  }
}
