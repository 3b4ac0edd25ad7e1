import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account } from '../../src/features/account/index.ts'
import { mail } from '../../src/features/mail/index.ts'
import { startTestApp } from '../support/app.ts'
import { home } from '../support/home.ts'

const app = await startTestApp({ MAIL: 'off', APP_NAME: 'Acme' }, { features: [account, mail] })

test('with MAIL=off no page offers anything that needs email, and pages say whom to contact', async () => {
  const member = app.visitor()
  await member.register()
  const pages = [
    await app.visitor().get('/login'),
    await app.visitor().get('/register'),
    await member.get('/account'),
    await member.get(home),
  ]
  for (const { status, text } of pages) {
    assert.equal(status, 200)
    assert.doesNotMatch(text, /forgot-password|reset-password|verify-email|account\/email|Confirm/)
  }
  assert.match(pages[0]?.text ?? '', /Contact the people who run Acme/)
  assert.match(pages[2]?.text ?? '', /contact the people who run Acme/)
})

for (const path of [
  '/forgot-password',
  '/reset-password',
  '/confirm-email',
  '/verify-email',
  '/account/email',
]) {
  test(`with MAIL=off there is no ${path}`, async () => {
    const member = app.visitor()
    await member.register()
    assert.equal((await member.get(path)).status, 404)
    assert.equal((await member.submit(path)).status, 404)
  })
}

test('with MAIL=off an email of another feature is dropped', async () => {
  const message = { subject: 'Hello', lines: ['Hello'] }
  assert.doesNotThrow(() => app.core.later.add('mail', { to: 'someone@example.com', message }))
})
