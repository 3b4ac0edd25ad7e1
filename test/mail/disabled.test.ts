import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Router } from 'express'
import { User } from '../../src/auth/user.ts'
import type { Feature } from '../../src/feature.ts'
import { account } from '../../src/features/account/index.ts'
import { mail } from '../../src/features/mail/index.ts'
import { startTestApp } from '../support/app.ts'
import { until } from '../support/server-process.ts'
import { startSmtp } from './support/smtp.ts'

declare module '../../src/auth/user.ts' {
  interface UserFields {
    isLocked?: boolean
  }
}

/** Disables and enables accounts, as a feature for admins does. */
const locks: Feature = {
  name: 'locks',
  userFields: { isLocked: Boolean },
  install({ use, hooks, emit }) {
    const router = Router()
    for (const [path, isLocked, event] of [
      ['/lock', true, 'disabled'],
      ['/unlock', false, 'enabled'],
    ] as const)
      router.post(path, async (req, res) => {
        const user = await User.findOneAndUpdate(
          { email: req.body.email },
          { isLocked },
          { returnDocument: 'after' },
        ).orFail()
        emit(event, { req, user })
        res.sendStatus(204)
      })
    use.open(router)
    hooks.maySignIn.push(({ isLocked }) => !isLocked)
  },
}
const smtp = await startSmtp()
const app = await startTestApp(
  { SMTP_URL: smtp.url, MAIL_FROM: 'Latchkey <hello@example.com>' },
  { features: [account, mail, locks] },
)
const tokens = app.database.client.db().collection('tokens')

async function asksForReset(email: string): Promise<string> {
  const visitor = app.visitor()
  await visitor.submit('/forgot-password', { email })
  return (await visitor.get('/forgot-password/sent')).text.replaceAll(email, '')
}

test('a user whose account is disabled or enabled is notified by email', async () => {
  const { email } = await app.visitor().register()
  await smtp.next(email)
  await app.visitor().submit('/lock', { email })
  const disabled = await smtp.next(email)
  assert.match(disabled.subject, /account was disabled/)
  assert.match(disabled.text, /The people who run .+ have disabled your account/)
  await app.visitor().submit('/unlock', { email })
  const enabled = await smtp.next(email)
  assert.match(enabled.text, /enabled your account again/)
  assert.match(enabled.text, /\/login/)
})

test('a disabled account gets no reset link, and the response is the same', async () => {
  const { email } = await app.visitor().register()
  await smtp.next(email)
  await app.visitor().submit('/lock', { email })
  await smtp.next(email)
  assert.equal(await asksForReset(email), await asksForReset('nobody@example.com'))
  // The same trace as of an unknown address.
  await until(
    'its token is written',
    async () => (await tokens.countDocuments({ email, purpose: 'reset-password' })) === 1,
  )
  app.core.later.add('mail', { to: 'last@example.com', message: { subject: 'Last', lines: [] } })
  await smtp.next('last@example.com')
  assert.deepEqual(
    smtp.mails.filter(({ to, subject }) => to === email && /new password/.test(subject)),
    [],
  )
})

test("a reset link sent before the account was disabled doesn't work", async () => {
  const visitor = app.visitor()
  const { email, password } = await visitor.register()
  await smtp.next(email)
  await asksForReset(email)
  const [, path = ''] = /(\/reset-password\?token=\S+)/.exec((await smtp.next(email)).text) ?? []
  await visitor.get(path)
  await app.visitor().submit('/lock', { email })
  assert.equal((await visitor.get('/reset-password')).status, 410)
  const before = await app.users.findOne({ email })
  assert.equal(
    (await visitor.submit('/reset-password', { 'new-password': 'eleven purple kettles' })).status,
    410,
  )
  assert.equal((await app.users.findOne({ email }))?.passwordHash, before?.passwordHash)
  assert.ok(await tokens.countDocuments({ email }))
  await app.visitor().submit('/unlock', { email })
  assert.equal((await app.visitor().logIn({ email, password })).status, 303)
})
