import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownDatabaseUrl } from '../support/database.ts'
import { until } from '../support/server-process.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { openLink, startMailApp } from './support/app.ts'

const url = ownDatabaseUrl()
const network = await startTcpProxy(url)
const app = await startMailApp({ DATABASE_URL: network.through(url) })
const next = 'eleven purple kettles'

for (const [path, fields] of [
  ['/confirm-email', {}],
  ['/reset-password', { 'new-password': next }],
] as const)
  test(`when MongoDB goes down before the change, the link to ${path} still works`, async () => {
    const visitor = app.visitor()
    const { email } = await visitor.register()
    if (path === '/confirm-email') await openLink(app, visitor, email)
    else {
      await app.smtp.next(email)
      await visitor.submit('/forgot-password', { email })
      await openLink(app, visitor, email)
    }
    const form = await visitor.filledIn(path, fields)
    const cut = ({ commandName }: { commandName: string }) => {
      if (commandName === 'findAndModify') network.cut()
    }
    app.database.client.on('commandStarted', cut)
    const lost = await visitor.submit(path, form)
    app.database.client.off('commandStarted', cut)
    network.heal()
    assert.equal(lost.status, 503)
    await until('it recovers', async () => (await visitor.get('/readyz')).status === 200)
    assert.equal((await visitor.submit(path, form)).status, 303)
  })
