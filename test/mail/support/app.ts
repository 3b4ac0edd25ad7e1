import type { Log } from '../../../src/log.ts'
import { AccountMails } from '../../../src/mail/account-mails.ts'
import { Outbox, type OutboxOptions } from '../../../src/mail/outbox.ts'
import { smtp } from '../../../src/mail/smtp.ts'
import { startTestApp, type TestApp } from '../../support/app.ts'
import type { Visitor } from '../../support/visitor.ts'
import { linkIn, startSmtp, type TestSmtp } from './smtp.ts'

export interface MailApp extends TestApp {
  smtp: TestSmtp
}

interface MailAppOptions extends OutboxOptions {
  log?: Log
  /** For so long a mail server may say nothing. */
  greetingTimeoutMs?: number
}

/** The whole app, with a mail server of its own. */
export async function startMailApp(
  environment: Record<string, string> = {},
  { log, greetingTimeoutMs = 10_000, ...outbox }: MailAppOptions = {},
): Promise<MailApp> {
  const server = await startSmtp()
  const app = await startTestApp(
    {
      MAIL: 'on',
      SMTP_URL: `${server.url}?greetingTimeout=${greetingTimeoutMs}`,
      MAIL_FROM: 'Latchkey <hello@example.com>',
      ...environment,
    },
    {
      ...(log && { log }),
      mailsFor: (config, log) => {
        const deliver = smtp({ ...config.mail, smtpUrl: config.mail.smtpUrl ?? '' })
        return new AccountMails(new Outbox(deliver, log, { longestStartMs: 0, ...outbox }), config)
      },
    },
  )
  return { ...app, smtp: server }
}

/** Opens the link of the next mail to this address as far as its page. */
export async function openLink(app: MailApp, visitor: Visitor, email: string) {
  const link = linkIn(await app.smtp.next(email))
  const landing = await visitor.get(link)
  return { link, landing, page: await visitor.get(link.split('?', 1)[0] ?? '') }
}
