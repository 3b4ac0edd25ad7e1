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
// Well above the time of a greeting on a busy machine, so only a server that hangs is this slow.
const greetingTimeoutMs = 3_000
const app = await startMailApp({}, { log, later: { maxDelayMs: 0, pausesMs }, greetingTimeoutMs })
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
  test(`a mail server that ${trouble} delays no page, and emails arrive once it works again`, async () => {
    const before = lines().length
    const said = (words: string) =>
      lines()
        .slice(before)
        .filter(({ msg }) => String(msg).startsWith(words))
    const people = Array.from({ length: 3 }, newPerson)
    await begin()
    for (const person of people) await app.visitor().register(person)
    await until('the log says so', () => said('Work failed; retrying').length > 0)
    assert.ok(smtp.mails.every(({ to }) => !people.some(({ email }) => email === to)))
    await heal()
    for (const { email } of people) assert.match((await smtp.next(email)).text, /\/confirm-email\?token=/)
    assert.match(String(Object(said('Work failed; retrying')[0]?.err).code), reason)
    for (const { email } of people) assert.ok(!logged().includes(email))
  })
}

test('a temporarily refused email is retried and a permanently refused one is logged, neither with its email address', async () => {
  const [later, never] = [newPerson(), newPerson()]
  smtp.refused.set(later.email, 450).set(never.email, 550)
  const before = lines().length
  const said = (words: string) => lines().findIndex(({ msg }, index) => index >= before && msg === words)
  await app.visitor().register(never)
  await until('the log says so', () => said('The mail server rejected an email') > 0)
  await app.visitor().register(later)
  await until('the log says so', () => said('Work failed; retrying') > 0)
  smtp.refused.delete(later.email)
  await smtp.next(later.email)
  for (const { email } of [later, never]) assert.ok(!logged().includes(email))
  assert.ok(!smtp.mails.some(({ to }) => to === never.email))
})

test('a stopping process sends queued emails, or logs how many are lost', async () => {
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
  // On a busy machine a second may be too short.
  if (unfinishedOf(first) === undefined)
    assert.match((await own.next(person.email)).subject, /Confirm your email address/)

  own.hang()
  await new Visitor(second.address).register()
  assert.equal(await second.stop(), 0)
  own.heal()
  assert.ok(Number(unfinishedOf(second)) > 0)
})

function unfinishedOf(server: { log(): Record<string, unknown>[] }) {
  return server.log().find(({ msg }) => msg === 'Stopping with unfinished work')?.unfinished
}

test("production doesn't start with email half configured", async () => {
  const server = runServer({ ...required, DATABASE_URL: sharedDatabaseUrl(), MAIL: 'on' })
  assert.equal(await server.exited, 1)
  assert.match(server.output(), /^SMTP_URL is missing\. .*MAIL=off\.\n$/)
})
