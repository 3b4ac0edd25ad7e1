import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { limits } from '../../src/limits.ts'
import { startTestApp } from '../support/app.ts'
import { newPerson, Visitor } from '../support/visitor.ts'

const app = await startTestApp({ APP_NAME: 'Latchkey' })

test('6.3.2 a fresh database has no account', async () => {
  assert.equal(await app.users.countDocuments(), 0)
  assert.equal(await app.sessions.countDocuments(), 0)
})

test('6.3.2 the demo account is for development only', async () => {
  const users = await app.users.countDocuments()
  const env = { PATH: process.env.PATH, NODE_ENV: 'production', DATABASE_URL: app.database.url }
  const { status, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'dev/seed.ts'], {
    env,
    encoding: 'utf8',
  })
  assert.equal(status, 1)
  assert.match(stderr, /no place in production/)
  assert.equal(await app.users.countDocuments(), users)
})

test('6.3.4 a new password has the same rules on every way to it', async () => {
  const visitor = app.visitor()
  const { password } = await visitor.register()
  for (const [poor, reason] of [
    ['elevenchars', /at least 12 characters/],
    ['passwordpassword', /every list that attackers try/],
    ['latchkey2026', /too close to your email address/],
  ] as const) {
    for (const answer of [
      await app.visitor().submit('/register', { ...newPerson(), password: poor }),
      await visitor.submit('/account/password', { password, 'new-password': poor }),
    ]) {
      assert.equal(answer.status, 422)
      assert.match(answer.text, reason)
    }
  }
})

test('6.3.4 whoever is refused at the sign-in finds no other door to the same password', async () => {
  const person = await app.visitor().register()
  const stranger = app.visitor()
  for (let tries = 0; tries <= limits.signInByAddressAndAccount.tries; tries += 1)
    await stranger.logIn({ ...person, password: 'not the password' })
  for (const path of ['/login', '/login/', '/LOGIN', '/login?returnTo=%2Fsessions', '//login']) {
    const { status } = await stranger.submit(path, { email: person.email, password: person.password })
    assert.ok(status === 429 || status === 404, `${path}: ${status}`)
  }
})

test('6.3.8 an unknown email gets the very answer of a wrong password', async () => {
  const { email } = await app.visitor().register()
  const answers = []
  for (const asked of [email, 'nobody@example.com']) {
    const { status, headers, text } = await app
      .visitor()
      .logIn({ email: asked, password: 'not the password' })
    answers.push({ status, text: text.replaceAll(asked, 'EMAIL'), names: Object.keys(headers) })
  }
  assert.deepEqual(answers[1], answers[0])
  assert.equal(answers[0]?.status, 401)
})

test('6.3.8 an unknown email costs the database the same commands, and waits in the same queue for hashing', async () => {
  const { email } = await app.visitor().register()
  const commands = []
  for (const asked of [email, 'nobody2@example.com']) {
    app.database.takeCommands()
    await app.visitor().logIn({ email: asked, password: 'not the password' })
    commands.push(app.database.takeCommands())
  }
  assert.deepEqual(commands[1], commands[0])
  const crowd = await Promise.all(
    Array.from({ length: 150 }, (_, index) =>
      new Visitor(app.server).logIn({ email: `nobody${index}@example.com`, password: 'not the password' }),
    ),
  )
  assert.ok(
    crowd.some(({ status }) => status === 503),
    'nothing was hashed for them',
  )
})

test('6.3.8 an email that has run into its limit is answered alike, whether it is known or not', async () => {
  const { email } = await app.visitor().register()
  const answers = []
  for (const asked of [email, 'nobody3@example.com']) {
    const visitor = app.visitor()
    for (let tries = 0; tries < limits.signInByAddressAndAccount.tries; tries += 1)
      await visitor.logIn({ email: asked, password: 'not the password' })
    const { status, text } = await visitor.logIn({ email: asked, password: 'not the password' })
    answers.push({ status, text: text.replaceAll(asked, 'EMAIL') })
  }
  assert.deepEqual(answers[1], answers[0])
  assert.equal(answers[0]?.status, 429)
})
