/**
 * npm run lighthouse: Lighthouse's four scores for each page on a slow phone. Its reports, with details, are written to
 * lighthouse/. npx fetches it, because it's 40 times the size of the app.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { chromiumOrExit } from '../support/development.ts'
import { startDemo } from './demo.ts'

const version = '12.8.2' // the last for Node 20
const categories = ['performance', 'accessibility', 'best-practices', 'seo']
const pages = ['/', '/login', '/register', '/dashboard']

/** The part of its report that is used here. */
interface Report {
  categories: Record<string, { score: number | null }>
}

const chromium = chromiumOrExit()
mkdirSync('lighthouse', { recursive: true })
const demo = await startDemo()
try {
  const rows: Record<string, Record<string, number>> = {}
  for (const page of pages) {
    const { categories: scores } = await report(page)
    rows[page] = Object.fromEntries(
      categories.map((name) => [name, Math.round(100 * (scores[name]?.score ?? 0))]),
    )
  }
  console.table(rows)
} catch (error) {
  console.error(String(error))
  process.exitCode = 1
} finally {
  await demo.stop()
}

async function report(page: string): Promise<Report> {
  const path = `lighthouse/${page.slice(1) || 'home'}`
  const args = [
    ...['--yes', `lighthouse@${version}`, demo.address + page, '--quiet'],
    ...['--output=json', '--output=html', `--output-path=${path}`],
    `--only-categories=${categories}`,
    '--chrome-flags=--headless=new --no-sandbox',
    ...(page === '/dashboard' ? [`--extra-headers=${JSON.stringify({ Cookie: demo.cookie })}`] : []),
  ]
  const env = { ...process.env, CHROME_PATH: chromium }
  // Not execFileSync, because the measured app runs in this process.
  await promisify(execFile)('npx', args, { env }).catch(({ stderr, message }) => {
    throw new Error(
      `lighthouse@${version} did not run: ${String(stderr || message)
        .trim()
        .split('\n')
        .at(-1)}`,
    )
  })
  return JSON.parse(readFileSync(`${path}.report.json`, 'utf8'))
}
