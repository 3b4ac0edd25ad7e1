import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { after, describe, test } from 'node:test'
import { promisify } from 'node:util'
import supertest from 'supertest'
import { freePort } from '../../dev/free-port.ts'
import { within } from '../../src/deadline.ts'
import {
  type RunningProcess,
  required,
  runServer,
  sharedDatabaseUrl,
  startServerProcess,
  until,
} from '../support/server-process.ts'

const srcUrl = new URL('../../src/', import.meta.url).href
const databaseUrl = sharedDatabaseUrl()
/** Longer than any stop takes with nobody to wait for, shorter than Node's own 5 s for a connection that fell idle. */
const promptMs = 4500

describe('a server that cannot start says in one line what to do', () => {
  test('for each variable that production needs', async () => {
    const server = runServer({
      NODE_ENV: 'production',
      MAIL: 'off', // mail
    })
    assert.equal(await server.exited, 1)
    assert.match(server.output(), /^DATABASE_URL is missing\. .+\nSECRET_KEY is missing\. .+\n$/)
  })

  test('when its port is in use', async () => {
    const port = await usedPort()
    const server = runServer({ ...required, DATABASE_URL: databaseUrl, PORT: String(port) })
    assert.equal(await server.exited, 1)
    assert.equal(server.output(), `Port ${port} is in use. Stop what uses it, or set PORT.\n`)
  })

  test('when MongoDB does not answer, after seconds and without the password', async () => {
    const closed = `127.0.0.1:${await freePort()}`
    const server = runServer({ ...required, DATABASE_URL: `mongodb://ada:pass-of-ada@${closed}/app` })
    // The driver by itself takes 30 s.
    assert.equal(await within(10_000, server.exited), 1)
    assert.equal(
      server.output(),
      `MongoDB does not answer at ${closed}. Start it, or correct DATABASE_URL.\n`,
    )
  })

  for (const sign of ['@', '/', ':', '?', '#', '%']) {
    test(`when the password of DATABASE_URL has a ${sign} that was not encoded, and keeps it to itself`, async () => {
      const closed = `127.0.0.1:${await freePort()}`
      const server = runServer({
        ...required,
        DATABASE_URL: `mongodb://ada:pa${sign}ss-of-ada@${closed}/app`,
      })
      assert.equal(await within(10_000, server.exited), 1)
      assert.match(server.output(), /^.*DATABASE_URL.*\n$/)
      assert.doesNotMatch(server.output(), /pa\b|ss-of-ada/)
    })
  }
})

describe('a server that is told to stop', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`by ${signal} stops, with nobody there`, async () => {
      const server = await startServerProcess({ databaseUrl })
      assert.equal(await within(promptMs, server.stop(signal)), 0)
      assert.ok(server.log().some(({ msg }) => msg === 'Stopped'))
    })
  }

  test('first answers the request in flight, however often it is told, then does not wait for its idle connection', async () => {
    const server = await startServerProcess({ databaseUrl })
    const visitor = await sendHalfAForm(server.port)
    server.signal('SIGTERM')
    await until('the server has begun to stop', () => server.output().includes('Stopping once'))
    server.signal('SIGTERM')
    server.signal('SIGINT')
    visitor.sendTheRest()
    await until('the form is answered', () => visitor.received().includes('</html>'))
    assert.match(visitor.received(), /^HTTP\/1\.1 401 /m)
    assert.equal(await within(promptMs, server.exited), 0)
  })

  test('says that it is not ready, and still serves, for as long as a balancer needs to notice', async () => {
    const server = await startServerProcess({ databaseUrl, env: { DRAIN_DELAY_SECONDS: '2' } })
    server.signal('SIGTERM')
    await until('the server has begun to stop', () => server.output().includes('Stopping once'))
    const ready = await fetch(`${server.address}/readyz`)
    const page = await fetch(`${server.address}/login`)
    assert.deepEqual([ready.status, await ready.text()], [503, 'stopping'])
    assert.equal(page.status, 200)
    // Whoever kept this connection open for a next request takes another.
    assert.equal(page.headers.get('connection'), 'close')
    assert.equal(await server.exited, 0)
  })

  test('takes no new visitors meanwhile', async () => {
    const server = await startServerProcess({ databaseUrl })
    await sendHalfAForm(server.port)
    server.signal('SIGTERM')
    await until('the server has begun to stop', () => server.output().includes('Stopping once'))
    await assert.rejects(fetch(`${server.address}/healthz`))
  })

  test('does not wait for a browser that keeps its connection open', async () => {
    const server = await startServerProcess({ databaseUrl })
    const { socket, received } = await open(server.port)
    socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n')
    await until('the page has come', () => received().includes('ok'))
    assert.equal(socket.readyState, 'open')
    assert.equal(await within(promptMs, server.stop()), 0)
  })

  test('gives up on a visitor who never finishes, before a container host would kill it', async () => {
    const server = await startServerProcess({ databaseUrl })
    await sendHalfAForm(server.port)
    assert.equal(await server.stop(), 0)
    const took = timeOf(server, /^Stopped/) - timeOf(server, /^Stopping/)
    assert.ok(took < 10_000, `${took} ms`)
  })
})

test('the log tells each request as a line of JSON with its id, and none of what visitors keep secret', async () => {
  const server = await startServerProcess({ databaseUrl, env: { LOG_LEVEL: 'trace', TRUST_PROXY: '0' } })
  const browser = supertest
    .agent(server.address)
    .set('Sec-Fetch-Site', 'same-origin')
    // No proxy is trusted here, so a visitor made it up.
    .set('X-Request-Id', 'request-id-in-no-log')
  const ada = { name: 'Ada', email: 'ada-in-no-log@example.com', password: 'password in no log' }

  const answers = [
    await browser.post('/register').type('form').send(ada),
    await browser.get('/dashboard?token=query-in-no-log'),
    await browser.post('/logout').type('form'),
    await browser
      .post('/login')
      .type('form')
      .send({ ...ada, password: 'another password in no log' }),
    await browser.get('/login?password=password-of-a-query-in-no-log'),
    await browser.post('/login').type('form').send(ada),
    await browser.get('/nowhere?token=query-in-no-log'),
  ]
  assert.deepEqual(
    answers.map(({ status }) => status),
    [303, 200, 303, 401, 400, 303, 404],
  )
  await server.stop()

  assert.ok(server.log().some(({ err }) => err))
  assert.ok(!server.output().includes('"stack"'), 'the log holds a stack')
  const requests = server.log().filter((line) => line.req)
  assert.deepEqual(
    requests.map(({ requestId, req, res }) => ({ requestId, req, res })),
    answers.map((answer) => ({
      requestId: answer.headers['x-request-id'],
      req: { method: answer.request.method, path: new URL(answer.request.url).pathname },
      res: { status: answer.status },
    })),
  )
  assert.ok(requests.every(({ requestId }) => typeof requestId === 'string' && requestId !== ''))

  const cookies = answers.flatMap(sessionIdsOf)
  assert.ok(cookies.length >= 2, 'the browser was sent no session cookies')
  for (const secret of ['in-no-log', 'in no log', ...cookies]) {
    assert.ok(!server.output().includes(secret), `the log holds ${secret}`)
  }
})

test('the log keeps its order to the last line before an exit, while passwords are being hashed', async () => {
  const script = `
    import { readConfig } from '${srcUrl}config.ts'
    import { createLog } from '${srcUrl}log.ts'
    import { hashPassword } from '${srcUrl}models/password-hash.ts'
    const log = await createLog(readConfig({ DATABASE_URL: 'mongodb://h/app', SECRET_KEY: '${required.SECRET_KEY}', NODE_ENV: 'test' }))
    for (let i = 0; i < 100; i++) void hashPassword('seven green bicycles')
    for (const line of ['first', 'second', 'third']) log.info(line)
    process.exit(0)`
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...['--import', import.meta.resolve('tsx')],
    ...['--input-type=module', '--eval', script],
  ])
  const lines: unknown[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).msg)
  assert.deepEqual(lines, ['first', 'second', 'third'])
})

/** When the log said this, in milliseconds. */
function timeOf(server: RunningProcess, message: RegExp): number {
  const line = server.log().find(({ msg }) => message.test(String(msg)))
  return Date.parse(String(line?.time))
}

/** The session ids in its cookies, without the signature. */
function sessionIdsOf(answer: supertest.Response): string[] {
  const header: unknown = answer.headers['set-cookie']
  const cookies = Array.isArray(header) ? header.map(String) : []
  return cookies.flatMap((cookie) => {
    const [, id] = /^sid=s%3A([\w-]+)\./.exec(cookie) ?? []
    return id ? [id] : []
  })
}

async function usedPort(): Promise<number> {
  const port = await freePort()
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  after(() => server.close())
  return port
}

/** A sign-in whose second half is still to come, and which the server has begun to handle. */
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
