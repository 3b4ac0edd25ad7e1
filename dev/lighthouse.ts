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
import { brotliCompressSync } from 'node:zlib'
import { chromiumOrExit } from './chromium.ts'
import { startLocalMongo } from './mongodb/start.ts'

const version = '12.8.2' // the last one that runs on Node 20
const port = 3217
const address = `http://localhost:${port}`
const categories = ['performance', 'accessibility', 'best-practices', 'seo']
const pages = ['/', '/login', '/register', '/dashboard']

/** As much of https://github.com/GoogleChrome/lighthouse/blob/main/docs/understanding-results.md as is read here. */
interface Report {
  categories: Record<string, { score: number; auditRefs: { id: string; weight: number }[] }>
  audits: Record<string, { score: number | null; title: string; details?: { items?: unknown[] } }>
}

interface Transfer {
  url: string
  transferSize: number
  resourceSize: number
}

const chromium = chromiumOrExit()
const folder = mkdtempSync(join(tmpdir(), 'lighthouse-'))
const mongo = await startLocalMongo({ folder: join(folder, 'data'), port: 0, journal: false })
const app = spawn(process.execPath, ['--disable-warning=DEP0044', 'dist/server.js'], {
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
  console.log(await firstLoad(reports.find(({ page }) => page === '/login')?.report))
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
  return headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
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

function table(reports: { page: string; report: Report }[]): string {
  const rows = reports.map(({ page, report }) => [page, ...categories.map((name) => score(report, name))])
  const lines = [['page', ...categories], ['---', ...categories.map(() => '--:')], ...rows]
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function score({ categories }: Report, name: string): number {
  return Math.round((categories[name]?.score ?? 0) * 100)
}

function missing(reports: { page: string; report: Report }[]): string {
  const lines = reports.flatMap(({ page, report }) =>
    categories.flatMap((name) =>
      (report.categories[name]?.auditRefs ?? [])
        .filter(({ id, weight }) => weight > 0 && (report.audits[id]?.score ?? 1) < 1)
        .map(
          ({ id }) => `- ${page}: ${name}: ${report.audits[id]?.title} (${id}, ${report.audits[id]?.score})`,
        ),
    ),
  )
  return lines.length > 0 ? `\nBelow 1:\n${lines.join('\n')}` : '\nNothing is missing.'
}

/** Over the wire now, and with Brotli in front. */
async function firstLoad(report: Report | undefined): Promise<string> {
  // Each entry of this audit has these fields.
  const transfers = (report?.audits['network-requests']?.details?.items ?? []) as Transfer[]
  const blocking = (report?.audits['render-blocking-resources']?.details?.items ?? []) as Transfer[]
  let now = 0
  let compressed = 0
  for (const { url, transferSize } of transfers) {
    const body = Buffer.from(
      await (await fetch(url, { headers: { 'Accept-Encoding': 'identity' } })).arrayBuffer(),
    )
    now += transferSize
    compressed += Math.min(transferSize, transferSize - body.length + brotliCompressSync(body).length)
  }
  const scripts = blocking.filter(({ url }) => url.endsWith('.js')).length
  return `\n/login: ${transfers.length} requests, ${now} bytes as served, ${compressed} with Brotli; blocking scripts: ${scripts}`
}
