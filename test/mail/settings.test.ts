import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConfigError } from '../../src/errors.ts'
import { mailSettings } from '../../src/features/mail/settings.ts'

const SMTP_URL = 'smtps://ada:p%40ss@smtp.example.com'
const MAIL_FROM = 'Latchkey <hello@example.com>'

test('a mail server and a sender turn email on, and no page requires a confirmation', () => {
  assert.deepEqual(mailSettings({ SMTP_URL, MAIL_FROM }), {
    on: true,
    smtpUrl: SMTP_URL,
    from: MAIL_FROM,
    requireVerified: false,
  })
})

test('development needs no mail server and no sender', () => {
  assert.equal(mailSettings({ NODE_ENV: 'development' }).on, true)
})

describe('refused with one line that says what to enter:', () => {
  for (const [why, env, line] of [
    ['production without a mail server', {}, /^SMTP_URL is missing\. .+ MAIL=off\.$/],
    ['a mail server without a sender', { SMTP_URL }, /^MAIL_FROM is missing\. .+MAIL_FROM=/],
    ['another protocol', { SMTP_URL: 'https://smtp.example.com', MAIL_FROM }, /^SMTP_URL .+SMTP_URL=smtps:/],
    ['a sender without an address', { SMTP_URL, MAIL_FROM: 'Latchkey' }, /^MAIL_FROM .+MAIL_FROM=Acme/],
    ['a sender of two lines', { SMTP_URL, MAIL_FROM: 'a\nBcc: b <a@b.example>' }, /^MAIL_FROM /],
    ['a switch that is neither on nor off', { SMTP_URL, MAIL_FROM, MAIL: 'no' }, /^MAIL must be off or on/],
    [
      'waiting for a confirmation that is never sent',
      { MAIL: 'off', REQUIRE_VERIFIED_EMAIL: 'true' },
      /^REQUIRE_VERIFIED_EMAIL=true needs/,
    ],
    [
      'a switch that is neither true nor false',
      { SMTP_URL, MAIL_FROM, REQUIRE_VERIFIED_EMAIL: 'yes' },
      /^REQUIRE_VERIFIED_EMAIL must be true or false/,
    ],
  ] as const) {
    test(why, () => {
      assert.throws(
        () => mailSettings(env),
        (error) => error instanceof ConfigError && line.test(error.message) && !error.message.includes('\n'),
      )
    })
  }
})
