import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mock, test } from 'node:test'
import { mailbox } from '../../dev/mailbox.ts'
import { createApp } from '../../src/app.ts'
import { createLog } from '../../src/log.ts'
import { AccountMails } from '../../src/mail/account-mails.ts'
import { Outbox } from '../../src/mail/outbox.ts'
import { startTestApp } from '../support/app.ts'
import { cleanUp } from '../support/clean-up.ts'
import { until } from '../support/server-process.ts'
import { Visitor } from '../support/visitor.ts'

test('in development mails stay at /dev/mailbox, also after a restart, and their links are printed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'test-mailbox-'))
  cleanUp(() => rmSync(folder, { recursive: true }))
  process.env.DATA_FOLDER = folder
  const printed = mock.method(console, 'log', () => {})
  const { config, database } = await startTestApp()
  const log = await createLog(config)

  const { deliver, more } = mailbox()
  const mails = new AccountMails(new Outbox(deliver, log, { longestStartMs: 0 }), config)
  const visitor = new Visitor(createServer(createApp({ config, database, log, mails, more })))
  assert.match((await visitor.get('/dev/mailbox')).text, /Nothing yet/)
  const { email } = await visitor.register()
  await until('the mail is there', async () =>
    (await visitor.get('/dev/mailbox')).text.includes(`To ${email}`),
  )
  const link = /http:\/\/localhost:3000\/confirm-email\?token=[\w-]{43}/
  assert.match(String(printed.mock.calls[0]?.arguments[0]), link)

  const restarted = new Visitor(
    createServer(createApp({ config, database, log, mails, more: mailbox().more })),
  )
  const { text } = await restarted.get('/dev/mailbox')
  const [, id] = /href="\/dev\/mailbox\/([\d-]+)"/.exec(text) ?? []
  assert.match((await restarted.get(`/dev/mailbox/${id}`)).text, link)
  assert.equal((await restarted.get('/dev/mailbox/..%2f..%2fsecret-key')).status, 404)
})
