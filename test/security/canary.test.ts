/** Secrets go through every route of a server that logs all it can, in every place and on every way to fail. Where do they turn up? */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { mongo } from 'mongoose'
import { startTestApp } from '../support/app.ts'
import { leaksIn } from '../support/leaks.ts'
import { startMailApp } from '../support/mail-app.ts' // mail
import { routesOf } from '../support/registered-routes.ts'
import { sharedDatabaseUrl, startServerProcess } from '../support/server-process.ts'
import { startSmtp } from '../support/smtp.ts' // mail
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { sendCanaries } from './canary.ts'

const databaseUrl = sharedDatabaseUrl()
const network = await startTcpProxy(databaseUrl)
const smtp = await startSmtp() // mail
const settings = {
  LOG_LEVEL: 'trace',
  ...{ MAIL: 'on', SMTP_URL: smtp.url, MAIL_FROM: 'hello@example.com' }, // mail
}
const server = await startServerProcess({ databaseUrl: network.through(databaseUrl), env: settings })
const client = await mongo.MongoClient.connect(databaseUrl)
const [start] = [
  startMailApp, // mail
  startTestApp,
]
const routes = routesOf((await start()).server)

const { secrets, seen } = await sendCanaries({
  routes,
  address: server.address,
  network,
  client,
  smtp, // mail
})
const documents = await everyDocument()
await client.close()
await server.stop()

test('16.2.5 no line of the log, at its most talkative, holds a password, a cookie or a token', () => {
  assert.ok(server.log().length > seen.length)
  assert.deepEqual(leaksIn(server.output(), secrets), [])
})

test('14.2.1 no page, header or address gives one away, whatever went wrong', () => {
  for (const status of [200, 303, 400, 401, 403, 404, 413, 415, 422, 429, 500, 503])
    assert.ok(
      seen.some((one) => one.status === status),
      `Nothing answered ${status}`,
    )
  const leaky = seen.filter(({ text }) => leaksIn(text, secrets).length > 0)
  assert.deepEqual(
    leaky.map(({ what, status, text }) => [what, status, leaksIn(text, secrets)]),
    [],
  )
})

test('11.4.2 no document of any collection holds one in clear', () => {
  for (const name of ['users', 'sessions', 'limits'])
    assert.match(documents, new RegExp(`"collection":"${name}"`))
  assert.deepEqual(leaksIn(documents, secrets), [])
})

test('16.2.5 an app that does log its cookies and addresses is found out', async () => {
  const leaky = await startServerProcess({
    databaseUrl,
    env: { NODE_OPTIONS: `--import ${leakyModule}` },
  })
  const secret = `canary-${randomBytes(12).toString('hex')}`
  const [sid, token] = [new Map([['cookie', `sid-${secret}`]]), new Map([['token', `token-${secret}`]])]
  await fetch(`${leaky.address}/login?token=token-${secret}`, { headers: { cookie: `sid=sid-${secret}` } })
  await leaky.stop()
  assert.deepEqual([leaksIn(leaky.output(), sid), leaksIn(leaky.output(), token)], [['cookie'], ['token']])
})

/** Writes into the log what came, as a careless line in the app would. */
const leakyModule = `data:text/javascript,${encodeURIComponent(`
  import { Server } from 'node:http'
  const { emit } = Server.prototype
  Server.prototype.emit = function (event, req, ...more) {
    if (event === 'request') console.log(JSON.stringify({ url: req.url, cookie: req.headers.cookie }))
    return emit.call(this, event, req, ...more)
  }
`)}`

async function everyDocument(): Promise<string> {
  const all = []
  for (const { name } of await client.db().listCollections().toArray()) {
    for (const document of await client.db().collection(name).find().toArray())
      all.push({ collection: name, document })
  }
  return mongo.BSON.EJSON.stringify(all)
}
