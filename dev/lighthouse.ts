/**
 * What Lighthouse says of the built app, on a slow telephone: npm run lighthouse
 * Prints a table, and for each figure below 100 what it is missing. Fetches Lighthouse with npx, as it is 40 times as
 * large as the app.
 */
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { chromiumOrExit } from './chromium.ts'
import { categories, firstLoad, missing, type Report, table } from './lighthouse-report.ts'
import { startLocalMongo } from './mongodb/start.ts'

const version = '12.8.2' // the last one that runs on Node 20
const port = 3217
const address = `http://localhost:${port}`
const pages = ['/', '/login', '/register', '/dashboard']

const chromium = chromiumOrExit()
const folder = mkdtempSync(join(tmpdir(), 'lighthouse-'))
const mongo = await startLocalMongo({ folder: join(folder, 'data'), port: 0, journal: false })
const app = spawn(process.execPath, ['dist/server.js'], {
  stdio: ['ignore', 'ignore', 'inherit'],
  env: {
    ...process.env,
    NODE_ENV: 'production',
    PORT: String(port),
    DATABASE_URL: mongo.uri,
    DRAIN_DELAY_SECONDS: '0',
    SECRET_KEY: 'bm90IGEga2V5IGZvciBhbnkgcmVhbCBhcHA',
    MAIL: 'off', // mail
  },
})
try {
  await ready()
  const cookie = await register()
  const reports: { page: string; report: Report }[] = []
  for (const page of pages) {
    reports.push({ page, report: await measure(page, page === '/dashboard' ? cookie : '') })
  }
  console.log(table(reports))
  console.log(missing(reports))
  console.log(firstLoad(reports.find(({ page }) => page === '/login')?.report))
} finally {
  app.kill()
  await mongo.stop()
  rmSync(folder, { recursive: true, force: true })
}

async function ready(): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (
      await fetch(`${address}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error('The app did not become ready. Is there a build? npm run build')
}

async function register(): Promise<string> {
  const { headers } = await fetch(`${address}/register`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Sec-Fetch-Site': 'same-origin' },
    body: new URLSearchParams({ name: 'Ada', email: 'ada@example.com', password: 'seven green bicycles' }),
  })
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ')
}

async function measure(page: string, cookie: string): Promise<Report> {
  const file = join(folder, 'report.json')
  const options = [
    `--only-categories=${categories}`,
    '--output=json',
    `--output-path=${file}`,
    '--quiet',
    '--chrome-flags=--headless=new --no-sandbox',
    ...(cookie ? [`--extra-headers=${JSON.stringify({ Cookie: cookie })}`] : []),
  ]
  await promisify(execFile)('npx', ['--yes', `lighthouse@${version}`, address + page, ...options], {
    env: { ...process.env, CHROME_PATH: chromium },
  })
  return JSON.parse(readFileSync(file, 'utf8'))
}
