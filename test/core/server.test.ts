import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, describe, test } from 'node:test'
import { mongo } from 'mongoose'
import { freePort } from '../../dev/free-port.ts'
import { cleanUp } from '../support/clean-up.ts'
import { closed } from '../support/raw-http.ts'
import {
  required,
  runServer,
  sharedDatabaseUrl,
  startServerProcess,
  until,
} from '../support/server-process.ts'
import { typescript } from '../support/typescript.ts'

const databaseUrl = sharedDatabaseUrl()

describe("a server that can't start says what to do in one line", { concurrency: true }, () => {
  test('for each variable that production needs', async () => {
    const server = runServer({
      NODE_ENV: 'production',
      MAIL: 'off',
    })
    assert.equal(await server.exited, 1)
    assert.match(server.output(), /^DATABASE_URL is missing\. .+\nSECRET_KEY is missing\. .+\n$/)
  })

  test('when its port is in use', async () => {
    const port = await usedPort()
    const server = runServer({ ...required, DATABASE_URL: databaseUrl, PORT: String(port) })
    assert.equal(await server.exited, 1)
    assert.equal(server.output(), `Port ${port} is in use. Stop the process that uses it, or set PORT.\n`)
  })

  test("when it can't reach MongoDB, without the password", async () => {
    const closed = `127.0.0.1:${await freePort()}`
    const server = runServer({ ...required, DATABASE_URL: `mongodb://ada:pass-of-ada@${closed}/app` })
    assert.equal(await server.exited, 1)
    assert.equal(server.output(), `Can't reach MongoDB at ${closed}. Start it, or check DATABASE_URL.\n`)
  })

  test('when the password in DATABASE_URL has an unencoded character, without showing it', async () => {
    const closed = `127.0.0.1:${await freePort()}`
    const server = runServer({ ...required, DATABASE_URL: `mongodb://ada:pa%ss-of-ada@${closed}/app` })
    assert.equal(await server.exited, 1)
    assert.match(server.output(), /^.*DATABASE_URL.*\n$/)
    assert.doesNotMatch(server.output(), /pa\b|ss-of-ada/)
  })
})

test('a startup that fails because of a bug says in which file and line, after reporting it to error tracking', async () => {
  const mistake = `import { createRequire } from 'node:module'
    import { subscribe } from 'node:diagnostics_channel'
    subscribe('unexpected-error', ({ error }) => setTimeout(() => process.stderr.write('sent ' + error.message), 200))
    createRequire(${JSON.stringify(import.meta.url)})('express').application.disable = () => { throw new TypeError('Oops') }`
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(mistake)}`
  const server = runServer({ ...required, DATABASE_URL: databaseUrl, NODE_OPTIONS })
  assert.equal(await server.exited, 1)
  const [{ msg, err } = {}] = server.log()
  assert.equal(msg, 'Stopped by an unexpected error')
  assert.match(server.output(), /sent Oops/)
  assert.match(Object(err).stack, /^TypeError: Oops\n(.*\n)*.*\/src\/app\.ts:\d+/)
})

test('startup finishes an interrupted deletion (ASVS 2.3.3)', async () => {
  const client = await mongo.MongoClient.connect(databaseUrl)
  cleanUp(() => client.close())
  const [users, sessions] = [client.db().collection('users'), client.db().collection('sessions')]
  const user = { name: 'Ada', email: 'ada@example.com', passwordHash: 'x', epoch: 1, deletedAt: new Date() }
  const { insertedId } = await users.insertOne(user)
  await sessions.insertOne({ session: { passport: { user: String(insertedId) } } })
  await startServerProcess({ databaseUrl })
  assert.deepEqual([await users.countDocuments(), await sessions.countDocuments()], [0, 0])
})

test('a server says which address it listens on, because localhost may have two', async () => {
  const server = await startServerProcess({ databaseUrl })
  const line = server.log().find(({ msg }) => String(msg).startsWith('Listening.'))
  assert.equal(line?.address, '127.0.0.1')
})

describe('a stopping server', { concurrency: true }, () => {
  test('refuses new connections, closes idle ones, answers the in-flight request despite repeated signals, and writes only its log (ASVS 16.2.4)', async () => {
    const server = await startServerProcess({ databaseUrl })
    const idle = await open(server.port)
    idle.socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n')
    await until('the page has come', () => idle.received().includes('ok'))
    const visitor = await sendHalfAForm(server.port)
    server.signal('SIGTERM')
    await closed(idle.socket)
    await assert.rejects(fetch(`${server.address}/healthz`))
    server.signal('SIGTERM')
    server.signal('SIGINT')
    visitor.sendTheRest()
    await until('the form is answered', () => visitor.received().includes('</html>'))
    assert.match(visitor.received(), /^HTTP\/1\.1 401 /m)
    assert.equal(await server.exited, 0)
    // Standard error as well.
    for (const line of server.output().trim().split('\n')) assert.match(line, /^\{.*\}$/)
    assert.equal(server.log().at(-1)?.msg, 'Stopped')
  })

  test('reports not ready but keeps serving for as long as a load balancer needs to notice', async () => {
    const server = await startServerProcess({ databaseUrl, env: { DRAIN_DELAY_SECONDS: '5' } })
    server.signal('SIGINT')
    await until('the server has begun to stop', () => server.output().includes('Stopping after'))
    const ready = await fetch(`${server.address}/readyz`)
    const page = await fetch(`${server.address}/login`)
    assert.deepEqual([ready.status, await ready.text()], [503, 'stopping'])
    assert.equal(page.status, 200)
    // A proxy sends its next request on another connection.
    assert.equal(page.headers.get('connection'), 'close')
    assert.equal(await server.exited, 0)
  })

  test('gives up on a client that never finishes', async () => {
    const server = await startServerProcess({ databaseUrl })
    await sendHalfAForm(server.port)
    assert.equal(await server.stop(), 0)
  })
})

async function usedPort(): Promise<number> {
  const port = await freePort()
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  after(() => server.close())
  return port
}

/** A sign-in that is only half sent, and that the server has started to handle. */
async function sendHalfAForm(port: number): Promise<{ received(): string; sendTheRest(): void }> {
  const { socket, received } = await open(port)
  const form = 'email=nobody%40example.com&password=seven+green+bicycles'
  const head = [
    'POST /login HTTP/1.1',
    'Host: localhost',
    'Sec-Fetch-Site: same-origin',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${form.length}`,
    'Expect: 100-continue',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${form.slice(0, 20)}`)
  await until('the server takes the request', () => received().includes('100 Continue'))
  return { received, sendTheRest: () => socket.write(form.slice(20)) }
}

async function open(port: number): Promise<{ socket: Socket; received(): string }> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  const texts: string[] = []
  socket.on('data', (text: string) => texts.push(text))
  // The server may cut it.
  socket.on('error', () => {})
  await once(socket, 'connect')
  after(() => socket.destroy())
  return { socket, received: () => texts.join('') }
}

test("a server that can't write its log says so once and keeps running", {
  skip: process.platform !== 'linux',
}, async () => {
  const port = await freePort()
  const child = spawn(process.execPath, [...typescript, 'src/server.ts'], {
    env: { PATH: process.env.PATH, ...required, DATABASE_URL: databaseUrl, PORT: String(port) },
    // A disk that is always full.
    stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'],
  })
  after(() => child.kill('SIGKILL'))
  const errors = text(child.stderr ?? assert.fail())
  const healthy = () =>
    fetch(`http://127.0.0.1:${port}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    )
  await until('it listens', healthy)
  for (let n = 0; n < 3; n += 1) await fetch(`http://127.0.0.1:${port}/login`)
  assert.ok(await healthy())
  child.kill('SIGTERM')
  assert.match(await errors, /^Can't write the log: ENOSPC[^\n]*\n$/)
})
