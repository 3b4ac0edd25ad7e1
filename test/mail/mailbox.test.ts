import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mock, test } from 'node:test'
import { account } from '../../src/features/account/index.ts'
import { mail } from '../../src/features/mail/index.ts'
import { anotherApp, startTestApp } from '../support/app.ts'
import { cleanUp } from '../support/clean-up.ts'
import { until } from '../support/server-process.ts'
import { Visitor } from '../support/visitor.ts'

const folder = mkdtempSync(join(tmpdir(), 'test-mailbox-'))
cleanUp(() => rmSync(folder, { recursive: true }))
const environment = { NODE_ENV: 'development', DATA_FOLDER: folder, APP_ORIGIN: 'http://localhost:3000' }
const options = { features: [account, mail] }
const host = { headers: { Host: 'localhost:3000' } }

test('in development emails stay at /dev/mailbox, even after a restart, and their links are printed', async () => {
  const printed = mock.method(process.stdout, 'write', () => true)
  const app = await startTestApp(environment, options)
  assert.ok(app.core.startupNotes.some((note) => note.includes('http://localhost:3000/dev/mailbox')))
  const visitor = app.visitor()
  const { email } = await visitor.register()
  await until('the email is there', async () =>
    (await visitor.request('GET', '/dev/mailbox', host)).text.includes(`To ${email}`),
  )
  assert.match((await visitor.get('/account')).text, /href="\/dev\/mailbox">Open the mailbox</)
  printed.mock.restore()
  const link = /http:\/\/localhost:3000\/confirm-email\?token=[\w-]{43}/
  assert.ok(printed.mock.calls.some(({ arguments: [text] }) => link.test(String(text))))

  const restarted = new Visitor(await anotherApp(app, environment, options))
  const { email: later } = await restarted.register()
  await until('the later email is there, above the earlier one', async () => {
    const { text } = await restarted.request('GET', '/dev/mailbox', host)
    return new RegExp(`To ${later}.*To ${email}`, 's').test(text)
  })
  const { text } = await restarted.request('GET', '/dev/mailbox', host)
  assert.match(text, /<header>.*Person.*<\/header>/s, 'in the frame of whoever is signed in')
  assert.ok(text.indexOf('Open link') < text.indexOf('<summary>Show text'), 'its link comes first')
  const [, id] = /href="\/dev\/mailbox\/([\d-]+)"/.exec(text) ?? []
  assert.match((await restarted.request('GET', `/dev/mailbox/${id}`, host)).text, link)
  assert.equal((await restarted.request('GET', '/dev/mailbox/..%2f..%2fsecret-key', host)).status, 404)
  // Under another host name, which another site may have pointed here.
  const evil = { headers: { Host: 'evil.example' } }
  for (const path of ['/dev/mailbox', `/dev/mailbox/${id}`])
    assert.equal((await restarted.request('GET', path, evil)).status, 404, path)
})
