/**
 * npm run foreign: the test suites of express-session and connect-mongo, with this store and with their own.
 * Each is cloned from GitHub into a temporary folder, or copied from a checkout:
 *   npm run foreign -- --express-session PATH --connect-mongo PATH
 * Exits with 1 if a test fails that reasons.ts doesn't explain.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startLocalMongo } from '../support/development.ts'
import { project as root } from '../support/project.ts'
import { reasons } from './reasons.ts'

interface Result {
  total: number
  failed: string[]
}

const { values: checkouts } = parseArgs({
  options: { 'express-session': { type: 'string' }, 'connect-mongo': { type: 'string' } },
})
const folder = mkdtempSync(join(tmpdir(), 'foreign-'))
const mongo = await startLocalMongo({ folder: join(folder, 'data'), port: 0, journal: false })
let unexplained = 0
try {
  run('npm', ['run', 'build', '--silent'], root)
  const session = checkOut('express-session', 'https://github.com/expressjs/session.git')
  for (const store of ['ours', 'stock'] as const) tell('express-session', store, sessionSuite(session, store))
  for (const store of ['ours', 'stock'] as const) {
    const checkout = checkOut('connect-mongo', 'https://github.com/jdesboeufs/connect-mongo.git', store)
    tell('connect-mongo', store, mongoSuite(checkout, store))
  }
} finally {
  await mongo.stop()
  rmSync(folder, { recursive: true, force: true })
}
process.exit(unexplained > 0 ? 1 : 0)

function checkOut(name: 'express-session' | 'connect-mongo', url: string, suffix = ''): string {
  const to = join(folder, name + suffix)
  run(
    'git',
    ['clone', '--quiet', ...(checkouts[name] ? [] : ['--depth=1']), checkouts[name] ?? url, to],
    folder,
  )
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], to)
  return to
}

/** Runs Mocha, first loading a file that replaces MemoryStore with the store. */
function sessionSuite(checkout: string, store: 'ours' | 'stock'): Result {
  const place = join(import.meta.dirname, 'in-place-of-memory-store.mjs')
  const env = { STORE: store, PROJECT: root, MONGO_URL: mongo.uri, NODE_NO_WARNINGS: '1' }
  spawnSync('bash', ['test/support/gencert.sh'], { cwd: checkout })
  const mocha = [
    'mocha',
    '--require',
    'test/support/env',
    '--require',
    place,
    '--exit',
    '--reporter',
    'json',
    'test/',
  ]
  const { stdout } = spawnSync('npx', mocha, {
    cwd: checkout,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  const { stats, failures } = JSON.parse(stdout.slice(stdout.indexOf('{\n  "stats"')))
  return { total: stats.tests, failed: failures.map((one: { fullTitle: string }) => one.fullTitle) }
}

/** Runs AVA, with the tests' `MongoStore.create` returning the store. */
function mongoSuite(checkout: string, store: 'ours' | 'stock'): Result {
  const specs = readdirSync(join(checkout, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.spec\.ts$|testHelper\.ts$/.test(name))
    .map((name) => join(checkout, 'src', name))
  if (store === 'ours') cpSync(join(import.meta.dirname, 'ours.txt'), join(checkout, 'src/ours.ts'))
  edit(specs, (text, file) => {
    const led =
      store === 'ours' && !file.includes('MongoStore.spec')
        ? text.replaceAll('../lib/MongoStore.js', '../ours.js')
        : text
    return led.replaceAll('mongodb://root:example@127.0.0.1:27017', mongo.uri.replace(/\/[^/]*$/, ''))
  })
  const failed: string[] = []
  for (;;) {
    const env = { ...process.env, PROJECT: root, NODE_NO_WARNINGS: '1' }
    const { stdout } = spawnSync('npx', ['ava', '--no-color', '--concurrency=1'], {
      cwd: checkout,
      encoding: 'utf8',
      env,
    })
    const titles = (mark: string) =>
      [...stdout.matchAll(new RegExp(`^ *${mark} (.+? › .+?)(?: \\([\\d.]+m?s\\))?$`, 'gm'))].map(
        ([, title = '']) => title,
      )
    const [pending] = titles('◌')
    if (!pending) {
      failed.push(...titles('✘ \\[fail\\]:'))
      const total = titles('✔').length + failed.length
      if (total === 0) throw new Error(`The suite of connect-mongo did not run:\n${stdout}`)
      return { total, failed }
    }
    // It waits forever and blocks the other tests.
    failed.push(pending)
    const title = pending.split(' › ').at(-1) ?? ''
    edit(specs, (text) =>
      text.replace(new RegExp(`test\\.serial\\((\\s*)'${title}'`), `test.serial.skip($1'${title}'`),
    )
  }
}

function edit(files: readonly string[], change: (text: string, file: string) => string): void {
  for (const file of files) writeFileSync(file, change(readFileSync(file, 'utf8'), file))
}

function tell(suite: string, store: 'ours' | 'stock', { total, failed }: Result): void {
  console.log(
    `${suite}, ${store === 'ours' ? 'with the store of this project' : 'as it is'}: ${total} tests, ${total - failed.length} passed`,
  )
  for (const title of failed) {
    // AVA appends the error to some titles.
    const reason = reasons.find(([end]) => `${title} `.includes(`${end} `))?.[1]
    if (store === 'ours' && !reason) unexplained += 1
    console.log(`  ✖ ${title}\n    ${reason ?? 'not explained'}`)
  }
}

function run(command: string, args: string[], cwd: string): void {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
}
