import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'

const app = await startTestApp({ MAIL: 'off', APP_NAME: 'Latchkey' })

test('without mail no page offers what would need one, and they say whom to ask', async () => {
  const member = app.visitor()
  await member.register()
  const pages = [
    await app.visitor().get('/login'),
    await app.visitor().get('/register'),
    await member.get('/account'),
    await member.get('/dashboard'),
  ]
  for (const { status, text } of pages) {
    assert.equal(status, 200)
    assert.doesNotMatch(text, /forgot-password|reset-password|verify-email|account\/email|Confirm/)
  }
  assert.match(pages[0]?.text ?? '', /Ask the people who run Latchkey/)
  assert.match(pages[2]?.text ?? '', /ask the people who run Latchkey/)
})

for (const path of [
  '/forgot-password',
  '/reset-password',
  '/confirm-email',
  '/verify-email',
  '/account/email',
]) {
  test(`without mail there is no ${path}`, async () => {
    const member = app.visitor()
    await member.register()
    assert.equal((await member.get(path)).status, 404)
    assert.equal((await member.submit(path)).status, 404)
  })
}
