import { object, string } from 'yup'
import { type Env, nodeEnv, oneOf, readSettings } from '../../env.ts'

export interface MailSettings {
  /** False also removes the pages that need email. */
  readonly on: boolean
  /** Optional in development, where emails stay on the machine. */
  readonly smtpUrl: string | undefined
  readonly from: string
  /** Whether private pages need a confirmed email address. */
  readonly requireVerified: boolean
}

/** @throws {ConfigError} */
export function mailSettings(env: Env): MailSettings {
  const { MAIL, SMTP_URL, MAIL_FROM, REQUIRE_VERIFIED_EMAIL } = readSettings(shape, env)
  return {
    on: MAIL === 'on',
    smtpUrl: SMTP_URL,
    from: MAIL_FROM ?? 'app@localhost',
    requireVerified: REQUIRE_VERIFIED_EMAIL === 'true',
  }
}

const example = 'SMTP_URL=smtps://user:password@smtp.example.com'

const shape = object({
  NODE_ENV: nodeEnv,
  MAIL: oneOf('MAIL', ['off', 'on']).default('on'),
  SMTP_URL: string()
    .trim()
    .test(
      'smtp',
      `SMTP_URL must be your mail server's URL (in a password, write @ as %40 and / as %2F), for example ${example}`,
      (value) => value === undefined || (/^smtps?:\/\/[^/]/.test(value) && URL.canParse(value)),
    ),
  MAIL_FROM: string()
    .trim()
    .matches(
      /^([^<>\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/,
      'MAIL_FROM must be an email address, or Name <address>, for example MAIL_FROM=Acme <hello@example.com>',
    ),
  REQUIRE_VERIFIED_EMAIL: oneOf('REQUIRE_VERIFIED_EMAIL', ['true', 'false']).default('false'),
})
  .test(
    'server',
    `SMTP_URL is missing. Set it to your mail server's URL, for example ${example}, or turn email off with MAIL=off.`,
    ({ NODE_ENV, MAIL, SMTP_URL }) => MAIL === 'off' || NODE_ENV !== 'production' || SMTP_URL !== undefined,
  )
  .test(
    'sender',
    'MAIL_FROM is missing. Set it to the sender of your emails, for example MAIL_FROM=Acme <hello@example.com>',
    ({ MAIL, SMTP_URL, MAIL_FROM }) => MAIL === 'off' || SMTP_URL === undefined || MAIL_FROM !== undefined,
  )
  .test(
    'verified',
    'REQUIRE_VERIFIED_EMAIL=true needs email, but MAIL=off turns email off. Remove one of the two.',
    ({ MAIL, REQUIRE_VERIFIED_EMAIL }) => !(MAIL === 'off' && REQUIRE_VERIFIED_EMAIL === 'true'),
  )
