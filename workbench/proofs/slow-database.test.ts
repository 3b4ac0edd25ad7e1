import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { newPerson, ownDatabaseUrl, sessionPairOf, startTcpProxy, startWholeApp } from '../support/testing.ts'

const url = ownDatabaseUrl()
const network = await startTcpProxy(url)
const app = await startWholeApp({ DATABASE_URL: network.through(url) })

test('with a MongoDB 5 to 50 ms away, 100 redirects lose no message and show none twice', async () => {
  network.delay(5, 50)
  const seen = await Promise.all(Array.from({ length: 10 }, () => tenRedirects()))
  assert.deepEqual(
    seen.flat(),
    Array.from({ length: 100 }, () => [1, 0]),
  )
})

/** For each redirect, how often its message was on the next page and on the one after. */
async function tenRedirects(): Promise<[number, number][]> {
  const visitor = app.visitor()
  const cookie = sessionPairOf(await visitor.submit('/register', { ...newPerson() }))
  await visitor.get('/dashboard')
  const seen: [number, number][] = []
  for (let redirect = 0; redirect < 10; redirect += 1) {
    const target = await submit('/sessions/end-others', cookie)
    seen.push([messagesOn((await visitor.get(target)).text), messagesOn((await visitor.get(target)).text)])
  }
  return seen
}

/** The redirect's target as soon as its header arrives, because browsers don't wait for the body either. */
function submit(path: string, cookie: string): Promise<string> {
  const headers = { cookie, 'sec-fetch-site': 'same-origin' }
  return new Promise((resolve, reject) => {
    const form = request(`${app.address}${path}`, { method: 'POST', headers }, (answer) => {
      answer.resume()
      resolve(answer.headers.location ?? assert.fail(`no redirect but ${answer.statusCode}`))
    })
    form.on('error', reject).end()
  })
}

function messagesOn(text: string): number {
  return text.split('You had no other sessions.').length - 1
}
