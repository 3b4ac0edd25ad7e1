import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { ExpectedError } from '../../src/errors.ts'
import { sessionsCommand } from '../../src/features/devices/command.ts'
import { devices } from '../../src/features/devices/index.ts'
import { startTestApp } from '../support/app.ts'
import { typescript } from '../support/typescript.ts'
import { newPerson } from '../support/visitor.ts'

const app = await startTestApp({}, { features: [devices] })

/** npm run operator -- … */
async function operator(...args: string[]) {
  const child = spawn(process.execPath, [...typescript, 'src/operator/index.ts', ...args], {
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

/** What `sessions …` prints. */
async function sessions(...args: string[]): Promise<string[]> {
  const lines: string[] = []
  await sessionsCommand.run(args, (line) => lines.push(line))
  return lines
}

test('an operator can list sessions, sign one user out everywhere, and must confirm before signing everyone out (ASVS 7.4.5)', async () => {
  const [ada, adasPhone, grace] = [app.visitor(), app.visitor(), app.visitor()]
  const person = await ada.register({ ...newPerson(), email: 'ada@müller.de' })
  await adasPhone.logIn(person)
  await grace.register()

  assert.equal((await sessions('list')).length, 3)
  const hers = await operator('sessions', 'list', '--user', person.email.toUpperCase())
  assert.deepEqual([hers.code, hers.errors], [0, ''])
  const line = `ada@xn--mller-kva.de  signed in .*Z, last seen .*Z  10\\.0\\.0\\.\\d+  Unknown browser\n`
  assert.match(hers.output, new RegExp(`^(${line}){2}$`))

  assert.deepEqual(await sessions('end', '--user', person.email), [`Ended 2 sessions for ${person.email}.`])
  for (const visitor of [ada, adasPhone]) assert.ok(!(await visitor.isSignedIn()))
  assert.ok(await grace.isSignedIn())

  assert.deepEqual(await sessions('end', '--all'), ['This would end 1 session. Add --yes to end them.'])
  assert.ok(await grace.isSignedIn())
  assert.deepEqual(await sessions('end', '--all', '--yes'), ['Ended 1 session.'])
  assert.ok(!(await grace.isSignedIn()))
  assert.deepEqual(await sessions('list'), ['No sessions.'])
})

test('a session from before the current password is not listed', async () => {
  const { email } = await app.visitor().register()
  assert.equal((await sessions('list', '--user', email)).length, 1)
  await app.users.updateOne({ email }, { $inc: { epoch: 1 } })
  assert.deepEqual(await sessions('list', '--user', email), ['No sessions.'])
  await sessions('end', '--user', email)
})

test('an invalid command ends nothing and shows its usage', async () => {
  const visitor = app.visitor()
  const { email } = await visitor.register()
  for (const args of [
    [],
    ['end'],
    ['end', '--yes'],
    ['end', '--user', ''],
    ['end', '--all', '--user', email],
    ['list', '--all'],
    ['list', 'everything'],
    ['--what'],
  ])
    await assert.rejects(
      sessions(...args),
      (error) => error instanceof ExpectedError && error.message === sessionsCommand.usage,
      args.join(' '),
    )
  assert.ok(await visitor.isSignedIn())
})

test('without a known command, the usage of all commands is shown', async () => {
  const { code, errors, output } = await operator('constructor')
  assert.deepEqual([code, output], [1, ''])
  assert.match(errors, /^Usage: npm run operator -- …\n/)
  assert.ok(errors.includes(sessionsCommand.usage))
  assert.doesNotMatch(errors, /\bat .*:\d+/)
})

test('an unknown email address is reported in one line', async () => {
  const { email } = newPerson()
  await assert.rejects(sessions('end', '--user', email), {
    message: `No user has the email address ${email}.`,
  })
})
