import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sharedDatabaseUrl, startServerProcess } from '../support/server-process.ts'
import { startSmtp } from '../support/smtp.ts'
import { newPerson, Visitor } from '../support/visitor.ts'

const smtp = await startSmtp()

test('no line of the log, at its most talkative, tells a known address from an unknown one, or holds a token', async () => {
  const server = await startServerProcess({
    databaseUrl: sharedDatabaseUrl(),
    env: { MAIL: 'on', SMTP_URL: smtp.url, MAIL_FROM: 'hello@example.com', LOG_LEVEL: 'trace' },
  })
  const { email } = await new Visitor(server.address).register(newPerson())
  await smtp.next(email)

  const linesFor = async (address: string) => {
    const before = server.log().length
    const visitor = new Visitor(server.address)
    await visitor.submit('/forgot-password', { email: address })
    await visitor.get('/forgot-password')
    // A second mail comes after whatever the first request leaves in the log.
    await visitor.submit('/forgot-password', { email })
    await smtp.next(email)
    return server
      .log()
      .slice(before)
      .map(({ time: _time, ms: _ms, requestId: _id, ...line }) => line)
  }
  const unknown = await linesFor('nobody@example.com')
  assert.ok(unknown.length >= 3)
  assert.deepEqual(await linesFor(email), unknown)
  await server.stop()

  const tokens = smtp.mails.flatMap(({ text }) => text.match(/(?<=token=)[\w-]{43}/g) ?? [])
  assert.ok(tokens.length >= 3)
  for (const secret of [...tokens, email, 'nobody@']) assert.ok(!server.output().includes(secret))
})
