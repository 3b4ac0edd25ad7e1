import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownLog } from '../support/own-log.ts'
import { until } from '../support/server-process.ts'
import { newPerson, Visitor } from '../support/visitor.ts'
import { openLink, startMailApp } from './support/app.ts'

const { log, lines, text: logged } = await ownLog()
const app = await startMailApp({}, { log })

test('resets and email address changes are logged with user and IP address (ASVS 16.3.1)', async () => {
  const person = newPerson()
  const address = '192.0.2.44'
  const visitor = new Visitor(app.server, address)
  await visitor.register(person)
  const email = `new-${person.email}`
  await visitor.submit('/account/email', { email, password: person.password })
  await openLink(app, visitor, email)
  await visitor.fillInAndSubmit('/confirm-email')
  await visitor.submit('/forgot-password', { email })
  await openLink(app, visitor, email)
  await visitor.fillInAndSubmit('/reset-password', { 'new-password': 'eleven purple kettles' })
  const of = (...names: string[]) => lines().filter(({ event }) => names.includes(String(event)))
  const [registered] = of('account.registered')
  assert.deepEqual(
    of('email.changed', 'password.reset').map((line) => [line.event, line.address, line.userId]),
    [
      ['email.changed', address, registered?.userId],
      ['password.reset', address, registered?.userId],
    ],
  )
})

test('no log line, at any level, contains a token or shows whether an email address has an account (ASVS 16.2.5)', async () => {
  const { email } = await app.visitor().register()
  await app.smtp.next(email)
  const linesFor = async (asked: string) => {
    const marker = await app.visitor().register()
    await app.smtp.next(marker.email)
    const before = lines().length
    const visitor = app.visitor()
    await visitor.submit('/forgot-password', { email: asked })
    await visitor.get('/forgot-password')
    // By the time a second email arrives, the first request has been logged.
    await visitor.submit('/forgot-password', { email: marker.email })
    await app.smtp.next(marker.email)
    await until('the last line has come', () => lines().length - before >= 3)
    return lines()
      .slice(before)
      .map(({ time: _time, ms: _ms, requestId: _id, ...line }) => line)
  }
  const unknown = await linesFor('nobody@example.com')
  assert.deepEqual(await linesFor(email), unknown)
  const tokens = app.smtp.mails.flatMap(({ text }) => text.match(/(?<=token=)[\w-]{43}/g) ?? [])
  assert.ok(tokens.length >= 3)
  for (const secret of [...tokens, email, 'nobody@']) assert.ok(!logged().includes(secret))
})
