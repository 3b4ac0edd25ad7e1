import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { ownDatabaseUrl } from '../support/database.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { locationOf } from '../support/visitor.ts'

const url = ownDatabaseUrl()
const network = await startTcpProxy(url)
const app = await startTestApp({ DATABASE_URL: network.through(url) })

test('with a MongoDB 5 to 50 ms away, 100 redirects lose no message and show none twice', async () => {
  network.delay(5, 50)
  const seen = await Promise.all(Array.from({ length: 10 }, () => tenRedirects()))
  assert.deepEqual(
    seen.flat(),
    Array.from({ length: 100 }, () => [1, 0]),
  )
})

/** For each: how often its message stood on the page after the redirect, and on the one after that. */
async function tenRedirects(): Promise<[number, number][]> {
  const visitor = app.visitor()
  await visitor.register()
  await visitor.get('/dashboard')
  const seen: [number, number][] = []
  for (let redirect = 0; redirect < 10; redirect += 1) {
    const target = locationOf(await visitor.submit('/sessions/end-others'))
    seen.push([messagesOn((await visitor.get(target)).text), messagesOn((await visitor.get(target)).text)])
  }
  return seen
}

function messagesOn(text: string): number {
  return text.split('There was no other session').length - 1
}
