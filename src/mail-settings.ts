import { string } from 'yup'

export interface MailSettings {
  /** Off: no mail, and no page that would need one. */
  readonly on: boolean
  /** Undefined in development, where mails stay on the machine. */
  readonly smtpUrl: string | undefined
  readonly from: string
  /** Whether the dashboard waits for a confirmed address. */
  readonly requireVerified: boolean
}

const smtpExample = 'SMTP_URL=smtps://user:password@smtp.example.com'

export const mailVariables = {
  MAIL: string()
    .oneOf(['on', 'off'] as const, 'MAIL is on or off: MAIL=off')
    .default('on'),
  SMTP_URL: string()
    .trim()
    .test(
      'smtp',
      `SMTP_URL is the address of your mail server (in a password write @ as %40 and / as %2F): ${smtpExample}`,
      (value) => value === undefined || (/^smtps?:\/\/[^/]/.test(value) && URL.canParse(value)),
    ),
  MAIL_FROM: string()
    .trim()
    .matches(
      /^([^<>\r\n]*<[^<>@\s]+@[^<>@\s]+>|[^<>@\s]+@[^<>@\s]+)$/,
      'MAIL_FROM is the sender of the mails: MAIL_FROM=Acme <hello@example.com>',
    ),
  REQUIRE_VERIFIED_EMAIL: string()
    .oneOf(['true', 'false'] as const, 'REQUIRE_VERIFIED_EMAIL is true or false: REQUIRE_VERIFIED_EMAIL=true')
    .default('false'),
}

type Values = Readonly<Record<string, string | undefined>>

/** What is missing from, or contradicts, the variables as they were typed. */
export function mailProblems({
  NODE_ENV,
  MAIL,
  SMTP_URL,
  MAIL_FROM,
  REQUIRE_VERIFIED_EMAIL,
}: Values): string[] {
  if (MAIL === 'off') {
    return REQUIRE_VERIFIED_EMAIL === 'true'
      ? ['REQUIRE_VERIFIED_EMAIL=true needs mail, and MAIL=off turns it off. Remove one of the two.']
      : []
  }
  if (SMTP_URL && !MAIL_FROM)
    return ['MAIL_FROM is missing. Type the sender of the mails: MAIL_FROM=Acme <hello@example.com>']
  if (SMTP_URL || (NODE_ENV ?? 'production') !== 'production') return []
  return [`SMTP_URL is missing. Type your mail server, ${smtpExample}, or do without mail: MAIL=off`]
}

interface Parsed {
  MAIL: 'on' | 'off'
  SMTP_URL?: string | undefined
  MAIL_FROM?: string | undefined
  REQUIRE_VERIFIED_EMAIL: 'true' | 'false'
}

export function mailSettings({ MAIL, SMTP_URL, MAIL_FROM, REQUIRE_VERIFIED_EMAIL }: Parsed): MailSettings {
  return {
    on: MAIL === 'on',
    smtpUrl: SMTP_URL,
    from: MAIL_FROM ?? 'app@localhost',
    requireVerified: REQUIRE_VERIFIED_EMAIL === 'true',
  }
}
