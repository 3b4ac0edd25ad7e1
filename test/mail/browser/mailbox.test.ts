import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mock } from 'node:test'
import { account } from '../../../src/features/account/index.ts'
import { mail } from '../../../src/features/mail/index.ts'
import { openBrowser } from '../../browser/support/browser.ts'
import { guestSees } from '../../browser/support/tour.ts'
import { startTestApp } from '../../support/app.ts'
import { cleanUp } from '../../support/clean-up.ts'
import { until } from '../../support/server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'test-mailbox-'))
cleanUp(() => rmSync(folder, { recursive: true }))
const origin = 'http://mailbox.localhost'
const environment = { NODE_ENV: 'development', DATA_FOLDER: folder, APP_ORIGIN: origin }
const app = await startTestApp(environment, { features: [account, mail] })
const { host } = new URL(app.address)
const browser = await openBrowser({ args: [`--host-resolver-rules=MAP mailbox.localhost ${host}`] })

guestSees('The mailbox is accessible in both color schemes', { address: origin, browser }, async (person) => {
  const visitor = app.visitor()
  const printed = mock.method(process.stdout, 'write', () => true)
  const { email } = await visitor.register()
  const headers = { Host: new URL(origin).host }
  await until('the email is there', async () =>
    (await visitor.request('GET', '/dev/mailbox', { headers })).text.includes(email),
  )
  printed.mock.restore()
  await person.open('/dev/mailbox')
  await person.page.getByText('Show text').click()
  await person.sees(`To ${email}`)
})
