/** The first minute of whoever tries this: npm run dev, without colors and without a terminal. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { test } from 'node:test'
import { freePort } from '../../dev/free-port.ts'
import { cleanUp } from '../support/clean-up.ts'
import { typescript } from '../support/typescript.ts'

// Not the project's folder, where a developer's .env may lie.
const cwd = mkdtempSync(join(tmpdir(), 'test-run-'))
cleanUp(() => rmSync(cwd, { recursive: true }))
const port = String(await freePort())
const first = runDev({ PORT: port })
await Promise.race([first.saidNext, first.exited])

test('npm run dev says what runs, where, what to open and what to do next, in ten lines at most', () => {
  const lines = first.output().trimEnd().split('\n')
  const [database = '', address = '', listening = ''] = lines
  assert.match(
    database,
    /^ {2}Database {2}MongoDB .*, for development only: production uses your own MongoDB$/,
  )
  assert.match(address, /^ {2}Address {3}mongodb:\/\/127\.0\.0\.1:\d+\/app.*, kept in \.data\/mongodb$/)
  assert.match(listening, new RegExp(`^\\[[\\d:]+\\] INFO: Listening\\. Open http://localhost:${port} `))
  assert.match(lines.at(-1) ?? '', /Register there, or run npm run seed .* and sign in as demo@example\.com$/)
  assert.ok(lines.length <= 10, first.output())
})

test('a second npm run dev says in one line that the database is in use', async () => {
  const second = runDev({ PORT: port })
  assert.equal(await second.exited, 1)
  assert.match(second.output(), /^The database folder \.data\/mongodb is in use by process \d+\..*\n$/)
})

test('npm run dev says in one line that its port is taken', async () => {
  const second = runDev({ PORT: port, DATA_FOLDER: 'other' })
  assert.equal(await second.exited, 1)
  assert.match(
    second.output(),
    /^( {2}.*\n){2}Port \d+ is in use\. Stop the process that uses it, or set PORT\.\n$/,
  )
})

test('npm run dev says in one line what is wrong with DATABASE_URL, without its password', async () => {
  const bad = runDev({ PORT: port, DATABASE_URL: 'postgres://ann:secret@localhost/app' })
  assert.equal(await bad.exited, 1)
  assert.match(bad.output(), /^( {2}.*\n){2}DATABASE_URL must .*\n$/)
  assert.doesNotMatch(bad.output(), /secret/)
})

test('npm run dev ends with its signal, without an error', async () => {
  first.interrupt()
  assert.equal(await first.exited, 0)
  assert.match(first.output(), /INFO: Stopped\n$/)
})

function runDev(env: Record<string, string>) {
  const child = spawn(process.execPath, [...typescript, resolve('dev/run.ts')], {
    cwd,
    env: { PATH: process.env.PATH, DATABASE_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const texts: string[] = []
  const saidNext = new Promise<void>((done) => {
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        texts.push(text)
        if (text.includes('Next')) done()
      })
  })
  const exited = new Promise<number | null>((done) => child.on('close', done))
  cleanUp(async () => {
    child.kill()
    await exited
  })
  return { saidNext, exited, output: () => texts.join(''), interrupt: () => child.kill('SIGINT') }
}
