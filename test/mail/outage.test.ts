import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownLog } from '../support/own-log.ts'
import {
  required,
  runServer,
  sharedDatabaseUrl,
  startServerProcess,
  until,
} from '../support/server-process.ts'
import { newPerson, Visitor } from '../support/visitor.ts'
import { startMailApp } from './support/app.ts'
import { startSmtp } from './support/smtp.ts'

const { log, lines, text: logged } = await ownLog()
const pausesMs = Array.from({ length: 200 }, () => 50)
const app = await startMailApp({}, { log, pausesMs, greetingTimeoutMs: 300 })
const { smtp } = app

for (const [trouble, begin, heal, reason] of [
  ['is down', () => smtp.stop(), () => smtp.startAgain(), /^(ESOCKET|ECONNECTION|ECONNREFUSED)$/],
  [
    'has another password',
    () => Object.assign(smtp, { password: 'another' }),
    () => Object.assign(smtp, { password: 'right' }),
    /^EAUTH$/,
  ],
  ['hangs', () => smtp.hang(), () => smtp.heal(), /^ETIMEDOUT$/],
] as const) {
  test(`a mail server that ${trouble} delays no page and is one line in the log; mails arrive once it is well`, async () => {
    const before = lines().length
    const said = (words: string) =>
      lines()
        .slice(before)
        .filter(({ msg }) => String(msg).startsWith(words))
    const people = Array.from({ length: 3 }, newPerson)
    await begin()
    for (const person of people) await app.visitor().register(person)
    await until('the log tells of it', () => said('Mail does not go out').length > 0)
    assert.ok(smtp.mails.every(({ to }) => !people.some(({ email }) => email === to)))
    await heal()
    for (const { email } of people) assert.match((await smtp.next(email)).text, /\/confirm-email\?token=/)
    await until('the log tells of its end', () => said('Mail goes out again').length > 0)
    const [first, ...others] = said('Mail ').filter(({ msg }) => !String(msg).includes('given up'))
    assert.match(String(first?.reason), reason)
    assert.match(String(others[0]?.msg), /^Mail goes out again/, 'one line for all tries of all mails')
    for (const { email } of people) assert.ok(!logged().includes(email))
  })
}

test('a process that is told to stop sends the mail that waits, and says how many are lost when the mail server hangs', async () => {
  const databaseUrl = sharedDatabaseUrl()
  const own = await startSmtp()
  const env = { MAIL: 'on', SMTP_URL: own.url, MAIL_FROM: 'hello@example.com' }
  const [first, second] = await Promise.all([
    startServerProcess({ databaseUrl, env }),
    startServerProcess({ databaseUrl, env }),
  ])
  const person = newPerson()
  await new Visitor(first.address).register(person)
  assert.equal(await first.stop(), 0)
  assert.match((await own.next(person.email)).subject, /Confirm your email address/)

  own.hang()
  await new Visitor(second.address).register()
  assert.equal(await second.stop(), 0)
  own.heal()
  const lost = second.log().find(({ msg }) => String(msg).startsWith('Stopping with mails'))
  assert.equal(lost?.mails, 1)
})

test('production does not start half configured for mail', async () => {
  const server = runServer({ ...required, DATABASE_URL: sharedDatabaseUrl(), MAIL: 'on' })
  assert.equal(await server.exited, 1)
  assert.match(server.output(), /^SMTP_URL is missing\. .*MAIL=off\n$/)
})
