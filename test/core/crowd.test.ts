import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { maxQueued } from '../../src/accounts/password.ts'
import { startTestApp } from '../support/app.ts'
import { request } from '../support/raw-http.ts'
import { until } from '../support/server-process.ts'

const app = await startTestApp()
const port = Number(new URL(app.address).port)
const formHeaders = ['Sec-Fetch-Site: same-origin', 'Content-Type: application/x-www-form-urlencoded']

test('clients that hang up while they are answered leave no place in the queue taken (ASVS 15.2.2)', async () => {
  await app.forgetTries()
  for (let round = 0; round < 4; round += 1) {
    // On one connection, one behind the other: all are under way when it is cut.
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

test('a crowd at the sign-in waits in a bounded queue; the rest is told when to come back, and other pages go on (ASVS 15.2.2)', async () => {
  await app.forgetTries()
  let open = 200
  const crowd = Promise.all(
    Array.from({ length: open }, async (_, index) => {
      const answer = await app.visitor().logIn({ email: `crowd${index}@example.com`, password: 'x' })
      open -= 1
      return answer
    }),
  )
  const before = open
  assert.equal((await app.visitor().get('/healthz')).status, 200)
  assert.ok(before > 0 && open > 0, 'health answers while the crowd waits')
  const answers = await crowd
  const excess = answers.filter(({ status }) => status === 503)
  assert.ok(excess.length > 0)
  assert.ok(answers.every(({ status }) => status === 401 || status === 503))
  for (const { headers, text } of excess) {
    assert.equal(headers['retry-after'], '5')
    assert.match(
      text,
      /role="alert">Very many people are signing in at this moment\. Nothing is lost: try again in a few seconds\./,
    )
    assert.match(text, /value="crowd\d+@example\.com"/, 'what was typed is kept')
  }
  // Each has an address of their own, and so a counter.
  const counted = await app.database.client
    .db()
    .collection('limits')
    .countDocuments({ key: /^signInByAddress:/ })
  assert.equal(counted, answers.length - excess.length, 'a try that was turned away is not counted')
})
