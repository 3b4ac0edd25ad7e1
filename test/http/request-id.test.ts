import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApp, type TestApp } from '../support/app.ts'

const idOfProxy = 'f0e1d2c3b4a5968778695a4b3c2d1e0f'
const trusting = await startTestApp({ TRUST_PROXY: '1' })

test('a request keeps the id that a trusted proxy gave it', async () => {
  assert.equal(await idFor(trusting, idOfProxy), idOfProxy)
})

for (const bad of ['short', 'with a blank in it', 'x'.repeat(101), '{"level":"fatal"}']) {
  test(`an id that is none is replaced: ${bad.slice(0, 20)}`, async () => {
    assert.match(await idFor(trusting, bad), /^[\da-f-]{36}$/)
  })
}

async function idFor(app: TestApp, given: string): Promise<string> {
  const { headers } = await app.visitor().get('/login').set('X-Request-Id', given)
  return String(headers['x-request-id'])
}
