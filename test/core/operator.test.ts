import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { typescript } from '../support/typescript.ts'

const app = await startTestApp()

async function sessionsCommand(...args: string[]) {
  const child = spawn(process.execPath, [...typescript, 'src/commands/sessions.ts', ...args], {
    env: { PATH: process.env.PATH, DATABASE_URL: app.database.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [code, output, errors] = await Promise.all([
    new Promise((resolve) => child.on('close', resolve)),
    text(child.stdout),
    text(child.stderr),
  ])
  return { code, output, errors }
}

test('an operator lists sessions, signs one person out everywhere, and asks before signing out all (ASVS 7.4.5)', async () => {
  const [ada, adasPhone, grace] = [app.visitor(), app.visitor(), app.visitor()]
  const person = await ada.register()
  await adasPhone.logIn(person)
  const other = await grace.register()

  const [all, hers] = await Promise.all([
    sessionsCommand('list'),
    sessionsCommand('list', '--user', person.email.toUpperCase()),
  ])
  assert.equal(all.output.trim().split('\n').length, 3)
  assert.match(hers.output, new RegExp(`^${person.email}  signed in .*Z, last seen .*Z  10\\.0\\.0\\.\\d+`))
  assert.ok(!hers.output.includes(other.email))

  const ended = await sessionsCommand('end', '--user', person.email)
  assert.deepEqual([ended.code, ended.output], [0, `Ended 2 sessions of ${person.email}.\n`])
  for (const visitor of [ada, adasPhone]) assert.ok(!(await visitor.isSignedIn()))
  assert.ok(await grace.isSignedIn())

  const dryRun = await sessionsCommand('end', '--all')
  assert.deepEqual([dryRun.code, dryRun.output], [0, 'This would end 1 session. To do it, add --yes.\n'])
  assert.ok(await grace.isSignedIn())
  assert.equal((await sessionsCommand('end', '--all', '--yes')).output, 'Ended 1 session.\n')
  assert.ok(!(await grace.isSignedIn()))
})

test('a command that is not understood ends nothing, and shows how it is used', async () => {
  for (const answer of [
    sessionsCommand('end'),
    sessionsCommand('list', '--all'),
    sessionsCommand('--what'),
  ]) {
    const { code, errors } = await answer
    assert.equal(code, 1)
    assert.match(errors, /npm run sessions -- end --all --yes/)
    assert.doesNotMatch(errors, /\bat .*:\d+/)
  }
})

test('an unknown email is said in one line', async () => {
  const { code, errors } = await sessionsCommand('end', '--user', 'nobody@example.com')
  assert.deepEqual([code, errors], [1, 'There is no user with the email address nobody@example.com.\n'])
})
