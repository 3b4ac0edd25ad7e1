/** As test/app/secrets.test.ts, with the tokens of mailed links among the secrets. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestApp } from '../support/app.ts'
import { sendCanaries } from '../support/canary.ts'
import { ownDatabaseUrl } from '../support/database.ts'
import { everyDocument } from '../support/documents.ts'
import { leaksIn } from '../support/leaks.ts'
import { ownLog } from '../support/own-log.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { type MailApp, startMailApp } from './support/app.ts'
import { linkIn } from './support/smtp.ts'

const url = ownDatabaseUrl()
const network = await startTcpProxy(url)
const { log, text: logged } = await ownLog()
const app: TestApp & MailApp = await startMailApp({ DATABASE_URL: network.through(url) }, { log })
const { secrets, seen } = await sendCanaries({
  app,
  network,
  async more(visitor, { email }) {
    await visitor.submit('/forgot-password', { email })
    const mails = [await app.smtp.next(email), await app.smtp.next(email)]
    return mails.map((mail) => {
      const [path = '', token = ''] = linkIn(mail).split('?token=')
      return [`token of ${path}`, token] as const
    })
  },
})

test('the token of an emailed link appears in no log line, page, header or document (ASVS 6.5.2, 14.2.1, 16.2.5)', async () => {
  const tokens = new Map([...secrets].filter(([name]) => name.startsWith('token of ')))
  assert.ok(tokens.size >= 2)
  assert.deepEqual(leaksIn(logged(), tokens), [])
  const leaky = seen.filter(({ text }) => leaksIn(text, tokens).length > 0)
  assert.deepEqual(
    leaky.map(({ what, status }) => [what, status]),
    [],
  )
  assert.deepEqual(leaksIn(JSON.stringify(await everyDocument(app)), tokens), [])
})
