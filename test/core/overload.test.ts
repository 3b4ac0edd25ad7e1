import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { maxQueued } from '../../src/auth/password.ts'
import { maxBodySize } from '../../src/web/forms.ts'
import { anotherApp, startTestApp } from '../support/app.ts'
import { cleanUp } from '../support/clean-up.ts'
import { closed, exchange, request, statusOf } from '../support/raw-http.ts'
import { until } from '../support/server-process.ts'
import { Visitor } from '../support/visitor.ts'

const app = await startTestApp()
const port = Number(new URL(app.address).port)
const formHeaders = ['Sec-Fetch-Site: same-origin', 'Content-Type: application/x-www-form-urlencoded']

test('an oversized body is refused before it has arrived, without hashing or database commands (ASVS 15.2.2)', async () => {
  app.database.takeCommands()
  for (const [path, bytes] of [
    ['/register', 2 * maxBodySize],
    ['/login', 10 * maxBodySize],
    ['/logout', maxBodySize + 1],
    ['/nowhere', 1e12],
  ] as const) {
    // Only the beginning is ever sent.
    const headers = [...formHeaders, `Content-Length: ${bytes}`]
    const answer = await exchange(
      port,
      request(`POST ${path} HTTP/1.1`, headers, 'email=a%40example.com&password=xxx'),
    )
    assert.equal(statusOf(answer), 413, path)
  }
  const chunked = [...formHeaders, 'Transfer-Encoding: chunked']
  const chunks = request(
    'POST /login HTTP/1.1',
    chunked,
    `${(2 * maxBodySize).toString(16)}\r\n${'x'.repeat(2 * maxBodySize)}\r\n0\r\n\r\n`,
  )
  assert.equal(statusOf(await exchange(port, chunks)), 413, 'in chunks, which do not say how much will come')
  assert.deepEqual(app.database.takeCommands(), [])
})

test('a form with too many fields is refused (ASVS 15.2.2)', async () => {
  const many = Object.fromEntries(Array.from({ length: 1_500 }, (_, index) => [`f${index}`, '']))
  assert.equal((await app.visitor().submit('/register', many)).status, 413)
})

test("a compressed body, or one that isn't a form, is refused (ASVS 15.2.2)", async () => {
  const bomb = gzipSync('a'.repeat(1_000_000)).toString('latin1')
  for (const encoding of ['gzip', 'br', 'deflate', 'x'])
    assert.equal(
      (await app.visitor().submit('/login', bomb).set('Content-Encoding', encoding)).status,
      415,
      encoding,
    )
  for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/xml', 'text/plain', 'x'])
    assert.equal((await app.visitor().submit('/login', '{}').set('Content-Type', type)).status, 415, type)
})

test('headers and paths beyond 16 KB get 431, and 5 KB of cookies are accepted (ASVS 15.2.2)', async () => {
  const long = 'x'.repeat(20_000)
  for (const text of [request(`GET /${long} HTTP/1.1`), request('GET / HTTP/1.1', [`X-Long: ${long}`])])
    assert.equal(statusOf(await exchange(port, text)), 431)
  for (const cookie of [
    `sid=${'x'.repeat(5_000)}`,
    'sid=%',
    'sid=a; sid=b',
    `browser=${'x'.repeat(5_000)}`,
    ';;=;',
    'a=b;'.repeat(1_000),
  ])
    assert.equal((await app.visitor().get('/').set('Cookie', cookie)).status, 200, cookie.slice(0, 20))
})

test('headers and bodies that never end are cut off, and no one waits for them (ASVS 15.2.2)', async () => {
  const { server } = app
  // Node's own are 60 s, 300 s and none.
  const { timeout } = await anotherApp(app)
  assert.ok(server.headersTimeout < 60_000 && server.requestTimeout < 300_000 && timeout > 0)
  // Waiting for the real timeouts would not show more.
  const { headersTimeout, requestTimeout } = server
  Object.assign(server, { headersTimeout: 1_500, requestTimeout: 2_000 })
  const headers = Array.from({ length: 30 }, () => slowly('GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: '))
  const bodies = Array.from({ length: 30 }, () =>
    slowly(request('POST /login HTTP/1.1', [...formHeaders, 'Content-Length: 10000'], 'email=')),
  )
  assert.equal((await app.visitor().get('/login')).status, 200)
  assert.deepEqual(new Set(await Promise.all([...headers, ...bodies])), new Set([408]))
  // Restored, because a busy machine may delay the visitors of the tests below.
  Object.assign(server, { headersTimeout, requestTimeout })
})

/** Sends this, then a byte from time to time. @returns the status before the connection is cut */
async function slowly(beginning: string): Promise<number> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  cleanUp(() => socket.destroy())
  let answer = ''
  socket.on('data', (text: string) => (answer += text))
  socket.write(beginning)
  const drip = setInterval(() => socket.write('a'), 100)
  await closed(socket)
  clearInterval(drip)
  return statusOf(answer)
}

test('clients that hang up free their place in the password queue (ASVS 15.2.2)', async () => {
  await app.forgetTries()
  for (let round = 0; round < 4; round += 1) {
    // On one connection, one after the other: all are under way when it is cut.
    const forms = Array.from({ length: 40 }, (_, index) => {
      const body = `email=gone${index}%40example.com&password=xxx`
      const from = `X-Forwarded-For: 10.99.${round}.${index}`
      const headers = [...formHeaders, from, `Content-Length: ${body.length}`]
      return request('POST /login HTTP/1.1', headers, body).replace('Connection: close\r\n', '')
    })
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write(forms.join(''))
    await once(app.server, 'request')
    socket.destroy()
  }
  await until('there is room again', async () => {
    const answer = await app.visitor().logIn({ email: 'later@example.com', password: 'xxx' })
    return answer.status === 401
  })
  const answers = await Promise.all(
    Array.from({ length: maxQueued }, (_, index) =>
      app.visitor().logIn({ email: `after${index}@example.com`, password: 'xxx' }),
    ),
  )
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [401])
})

test('a sign-in crowd waits in a bounded queue; the rest are told when to retry, and other pages keep working (ASVS 15.2.2)', async () => {
  await app.forgetTries()
  const crowd = Promise.all(
    Array.from({ length: 2 * maxQueued }, (_, index) =>
      app.visitor().logIn({ email: `crowd${index}@example.com`, password: 'x' }),
    ),
  )
  assert.equal((await app.visitor().get('/healthz')).status, 200)
  const answers = await crowd
  const excess = answers.filter(({ status }) => status === 503)
  assert.deepEqual([...new Set(answers.map(({ status }) => status))].sort(), [401, 503])
  for (const { headers, text } of excess) {
    assert.equal(headers['retry-after'], '5')
    assert.match(text, /role="alert">We&#39;re very busy right now\. Try again in a few seconds\./)
    assert.match(text, /value="crowd\d+@example\.com"/, 'what was typed is kept')
  }
  // Each has an IP address of their own, and so a counter.
  const counters = app.database.client.db().collection('limits')
  const counted = () => counters.countDocuments({ key: /^signInByAddress:/, points: 1 })
  await until(
    'what was turned away is not counted',
    async () => (await counted()) === answers.length - excess.length,
  )
})

test('eight sign-ins per network run at once; a larger crowd waits its turn, and no one is turned away (ASVS 15.2.2)', async () => {
  await app.forgetTries()
  const crowd = Array.from({ length: 118 }, (_, index) =>
    new Visitor(app.server, `2001:db8:8:${index}::1`).logIn({
      email: `one${index}@example.com`,
      password: 'x',
    }),
  )
  assert.ok(crowd.length > maxQueued)
  const others = Array.from({ length: 10 }, () =>
    app.visitor().logIn({ email: 'x@example.com', password: 'x' }),
  )
  const statuses = (await Promise.all([...crowd, ...others])).map(({ status }) => status)
  assert.deepEqual([...new Set(statuses)], [401])
})
