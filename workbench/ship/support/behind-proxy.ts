import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { freePort } from '../../support/development.ts'
import { newPerson, sharedDatabaseUrl, startServerProcess, until } from '../../support/testing.ts'
import { ask, cookiesOf, protocolOf } from './client.ts'
import { debianProgram } from './debian.ts'
import { startLoad } from './load.ts'
import type { FrontProxy } from './proxies.ts'

/**
 * Tests three processes behind this proxy, set up as docs/deploy.md says.
 * @returns the proxy, for more tests in the same file; undefined if it isn't available
 */
export async function testBehind<Proxy extends FrontProxy>(
  name: string,
  startProxy: (program: string, appPorts: number[]) => Promise<Proxy>,
): Promise<Proxy | undefined> {
  const program = debianProgram(name)
  if (!program) {
    test(`behind ${name}`, { skip: `no ${name} here, and none available from Debian` })
    return undefined
  }

  const databaseUrl = sharedDatabaseUrl()
  const ports = [await freePort(), await freePort(), await freePort()]
  const env = {
    APP_ORIGIN: 'https://localhost',
    TRUST_PROXY: '1',
    DRAIN_DELAY_SECONDS: '3',
    LOG_LEVEL: 'warn',
  }
  const start = (port: number) => startServerProcess({ databaseUrl, port, env })
  const processes = await Promise.all(ports.map(start))
  const proxy = await startProxy(program, ports)
  const { http, https, without } = proxy

  describe(`three processes behind ${name}`, () => {
    test('the cookie is a __Host- cookie, and HSTS is on', async () => {
      const answer = await ask(`${https}/register`, { form: { ...newPerson() } })
      assert.equal(answer.status, 303)
      assert.match(
        String(answer.headers['set-cookie']),
        /(^|,)__Host-sid=[^;]+; Path=\/; [^,]*,[^,]*HttpOnly; Secure; SameSite=Lax$/,
      )
      assert.equal(answer.headers['strict-transport-security'], 'max-age=31536000; includeSubDomains')
    })

    test('http redirects to https', async () => {
      const { status, headers } = await ask(`${http}/login?returnTo=/sessions`)
      assert.ok(status === 301 || status === 308, String(status))
      assert.match(String(headers.location), /^https:\/\/localhost(:\d+)?\/login\?returnTo=\/sessions$/)
    })

    test('a browser gets HTTP/2', async () => {
      assert.equal(await protocolOf(https), 'h2')
    })

    test("a visitor can't fake an address or a request ID", async () => {
      const made = { 'X-Forwarded-For': '203.0.113.99', 'X-Request-Id': 'made-up-by-a-visitor' }
      const answer = await ask(`${https}/register`, { form: { ...newPerson() }, headers: made })
      assert.match(String(answer.headers['x-request-id']), /^[\da-f-]{32,36}$/)
      const page = await ask(`${https}/sessions`, { headers: { Cookie: cookiesOf(answer) } })
      assert.match(page.text, /IP address[\s\S]{1,60}127\.0\.0\.1/)
      assert.doesNotMatch(page.text, /203\.0\.113\.99/)
    })

    test('no request becomes a WebSocket', async () => {
      const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' }
      const key = { 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' }
      assert.equal((await ask(`${https}/`, { headers: { ...upgrade, ...key } })).status, 200)
    })

    test('the processes restart one by one under load, and no one notices', async (t) => {
      const load = await startLoad(https)
      after(() => load.stop())
      for (const [index, port] of ports.entries()) {
        await without(port, async () => {
          assert.equal(await processes[index]?.stop(), 0)
          await start(port)
        })
      }
      await until('5,000 requests', () => load.requests() >= 5_000)
      await load.stop()
      t.diagnostic(
        `${load.requests()} requests, ${load.failures().length} failed, ${load.signedOut()} signed out`,
      )
      assert.deepEqual([...new Set(load.failures())], [])
      assert.equal(load.signedOut(), 0)
    })
  })
  return proxy
}
