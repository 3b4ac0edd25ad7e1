/**
 * npm test: every *.test.ts below test/ but those in a folder named browser, which have npm run test:browser;
 * or, with --browser, these alone; or the files and node:test options given, such as
 *   npm test -- test/core/sign-in.test.ts
 *   npm test -- --test-name-pattern "a wrong password"
 * DATABASE_URL names the server to use; without it a local MongoDB is started for this run.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLocalMongo } from '../dev/mongodb/start.ts'
import { typescript } from './support/typescript.ts'

/** Node 22 and newer cache compiled code here, for the next file and the next run. */
const compileCache = { NODE_COMPILE_CACHE: 'node_modules/.cache/node' }

const given = process.argv.slice(2)
const files = given.filter((argument) => argument.endsWith('.test.ts'))
const isOfBrowser = given.includes('--browser')
const options = given.filter((argument) => !files.includes(argument) && argument !== '--browser')

const server = await testServer()
process.exitCode = await runTests(server.uri)
await server.stop()

async function testServer(): Promise<{ uri: string; stop(): Promise<void> }> {
  const uri = process.env.DATABASE_URL
  if (uri) return { uri, stop: async () => {} }
  const folder = mkdtempSync(join(tmpdir(), 'test-mongodb-'))
  const mongo = await startLocalMongo({ folder: join(folder, 'data'), port: 0, journal: false })
  const stop = async () => {
    await mongo.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { uri: mongo.uri, stop }
}

function runTests(uri: string): Promise<number> {
  const runner = spawn(
    process.execPath,
    [
      ...typescript,
      '--test',
      '--test-reporter=spec',
      // These tests mostly wait.
      `--test-concurrency=${availableParallelism() + 3}`,
      ...options,
      // A test that hangs fails with its name.
      ...(files.length > 0 ? files : ['--test-timeout=600000', ...allTests()]),
    ],
    { stdio: 'inherit', env: { ...process.env, ...compileCache, TEST_DATABASE_URL: uri, NODE_ENV: 'test' } },
  )
  // The terminal sends Ctrl-C to both; the runner stops first, and the database after it.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => runner.kill())
  return new Promise((resolve) => runner.on('exit', (code) => resolve(code ?? 1)))
}

function allTests(): string[] {
  return readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && /\bbrowser\b/.test(name) === isOfBrowser)
    .map((name) => join('test', name))
    .sort()
}
