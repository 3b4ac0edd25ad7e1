import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Router } from 'express'
import type { Feature } from '../../src/feature.ts'
import { startTestApp } from '../support/app.ts'
import { cleanUp } from '../support/clean-up.ts'
import { openBrowser } from './support/browser.ts'

const provider = createServer((_req, res) => res.end('The provider asks who you are.'))
await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
cleanUp(() => provider.close())
// A TCP server's address is an object, not a path.
const { port } = provider.address() as AddressInfo
const [named, unnamed] = [`http://127.0.0.1:${port}`, `http://localhost:${port}`]
const away: Feature = {
  name: 'away',
  install({ use, contentSecurity }) {
    const router = Router()
    const form = '<form method="post"><button>Go</button></form>'
    router.get('/away/:where', (_req, res) => res.type('html').send(form))
    router.post('/away/named', (_req, res) => res.redirect(303, named))
    router.post('/away/unnamed', (_req, res) => res.redirect(303, unnamed))
    use.open(router)
    contentSecurity('form-action', named)
  },
}
const app = await startTestApp({}, { features: [away] })
const page = await (await openBrowser()).newPage()

test('A form can redirect to another site if a feature allows that site', async () => {
  await page.goto(`${app.address}/away/named`)
  await page.getByRole('button').click()
  await page.getByText('The provider asks who you are.').waitFor()
})

test("A form can't redirect to any other site", async () => {
  await page.goto(`${app.address}/away/unnamed`)
  const refused = page.waitForEvent('console', (message) => message.text().includes('form-action'))
  await page.getByRole('button').click({ noWaitAfter: true })
  assert.match((await refused).text(), /violates/)
})
