/** npm run screenshots: README's screenshots of the running app. They come out the same every time. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BrowserContextOptions, chromium, type Page, type Route } from 'playwright-core'
import { chromiumOrExit } from '../support/development.ts'
import { project } from '../support/project.ts'
import { ada, startDemo } from './demo.ts'
import { smallPng } from './small-png.ts'

const frozen = Date.parse('2026-03-02T09:41:00Z')
const desk = { width: 1280, height: 860 }
const telephone = { width: 390, height: 844 }

const executablePath = chromiumOrExit()
const demo = await startDemo()
const browser = await chromium.launch({ executablePath })
try {
  await picture('home', '/', { viewport: desk })
  await picture('register', '/register', { viewport: desk }, mistakes)
  const signedIn = { extraHTTPHeaders: { Cookie: demo.cookie } }
  const tour = { ...signedIn, viewport: { width: 1280, height: 985 } }
  await picture('tour', '/tour', tour)
  await picture('tour-dark', '/tour', { ...tour, colorScheme: 'dark' })
  await picture('dashboard', '/dashboard', { ...signedIn, viewport: { width: 1280, height: 520 } })
  await picture('sessions', '/sessions', { ...signedIn, viewport: { width: 1280, height: 720 } })
  await picture('phone', '/sessions', { ...signedIn, viewport: telephone, deviceScaleFactor: 2 })
} finally {
  await browser.close()
  await demo.stop()
}

async function picture(
  name: string,
  path: string,
  options: BrowserContextOptions,
  act: (page: Page) => Promise<void> = async () => {},
): Promise<void> {
  const context = await browser.newContext({
    locale: 'en-GB',
    timezoneId: 'UTC',
    reducedMotion: 'reduce',
    ...options,
  })
  const page = await context.newPage()
  await page.clock.setFixedTime(frozen)
  await page.route((url) => !url.pathname.startsWith('/assets/'), asThen)
  await page.goto(demo.address + path)
  await act(page)
  const png = await smallPng(await page.screenshot())
  writeFileSync(join(project, 'docs', `${name}.png`), png)
  console.log(`docs/${name}.png  ${png.length} bytes`)
  await context.close()
}

async function mistakes(page: Page): Promise<void> {
  await page.getByLabel('Email address').fill('ada@example')
  await page.getByRole('main').getByRole('button', { name: 'Create account' }).click()
  await page.getByLabel('Password', { exact: true }).fill(ada.password.slice(0, 10))
}

/** A page as if requested at the frozen time, with the same process and IDs in every run. */
async function asThen(route: Route): Promise<void> {
  // The browser must submit forms itself, because it sends their origin.
  if (route.request().method() !== 'GET') return await route.continue()
  const response = await route.fetch({ maxRedirects: 0 })
  const body = (await response.text())
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d\.\d{3}Z)?/g, (moment) => {
      const shifted = Date.parse(moment.length > 16 ? moment : `${moment}Z`) - demo.now + frozen
      // Whole minutes, because times created during the request differ by less.
      const [whole = ''] = new Date(shifted).toISOString().split(/:\d\d\./)
      return moment.length > 16 ? `${whole}:00.000Z` : whole.replace('T', ' ')
    })
    .replace(/[0-9a-f]{8}…/g, '5e9f3a1c…')
    .replace(/\b[0-9a-f]{24}\b/g, '65e2f0a4c81b7d3f90a2b6e1')
    .replace(`<code>${demo.pid}</code>`, '<code>4127</code>')
  await route.fulfill({ response, body })
}
