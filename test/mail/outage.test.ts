import assert from 'node:assert/strict'
import { test } from 'node:test'
import { within } from '../../src/deadline.ts'
import { sharedDatabaseUrl, startServerProcess, until } from '../support/server-process.ts'
import { startSmtp } from '../support/smtp.ts'
import { newPerson, Visitor } from '../support/visitor.ts'

const databaseUrl = sharedDatabaseUrl()
const smtp = await startSmtp()

for (const { trouble, begin, heal, reason } of [
  {
    trouble: 'that is down',
    begin: () => smtp.stop(),
    heal: () => smtp.startAgain(),
    reason: /^ESOCKET|ECONNECTION|ECONNREFUSED$/,
  },
  {
    trouble: 'that has another password',
    async begin() {
      smtp.password = 'another'
    },
    async heal() {
      smtp.password = 'right'
    },
    reason: /^EAUTH$/,
  },
  {
    trouble: 'that hangs',
    async begin() {
      smtp.hang()
    },
    async heal() {
      smtp.heal()
    },
    reason: /^ETIMEDOUT$/,
  },
]) {
  test(`a mail server ${trouble} delays no page and is one line in the log; mails arrive once it is well`, async () => {
    const server = await startServerProcess({ databaseUrl, env: mailEnv() })
    const people = Array.from({ length: 3 }, newPerson)
    await begin()
    for (const person of people) await new Visitor(server.address).register(person)
    await until('the log tells of it', () => outages().length > 0)
    assert.ok(smtp.mails.every(({ to }) => !people.some(({ email }) => email === to)))
    await heal()
    for (const { email } of people) assert.match((await smtp.next(email)).text, /\/confirm-email\?token=/)
    await until('the log tells of its end', () => server.output().includes('Mail goes out again'))
    assert.equal(await server.stop(), 0)

    assert.equal(outages().length, 1)
    assert.match(String(outages()[0]?.reason), reason)
    for (const { email } of people) assert.ok(!server.output().includes(email))

    function outages() {
      return server.log().filter(({ msg }) => String(msg).startsWith('Mail does not go out'))
    }
  })
}

test('a process stops in time while a mail server hangs, and the log says how many mails that cost', async () => {
  const server = await startServerProcess({ databaseUrl, env: mailEnv() })
  smtp.hang()
  await new Visitor(server.address).register()
  assert.equal(await within(9_000, server.stop()), 0)
  smtp.heal()
  const lost = server.log().find(({ msg }) => String(msg).startsWith('Stopping with mails'))
  assert.equal(lost?.mails, 1)
})

test('a mail that was about to go out still does when the process is told to stop', async () => {
  const server = await startServerProcess({ databaseUrl, env: mailEnv() })
  const person = newPerson()
  await new Visitor(server.address).register(person)
  assert.equal(await server.stop(), 0)
  assert.match((await smtp.next(person.email)).subject, /Confirm your email address/)
})

test('production does not start half configured for mail', async () => {
  await assert.rejects(
    startServerProcess({ databaseUrl, env: { MAIL: 'on' } }),
    /stopped:\nSMTP_URL is missing\. .*MAIL=off\n$/,
  )
})

function mailEnv(): Record<string, string> {
  return { MAIL: 'on', SMTP_URL: `${smtp.url}?greetingTimeout=1000`, MAIL_FROM: 'hello@example.com' }
}
