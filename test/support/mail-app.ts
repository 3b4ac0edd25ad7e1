import { AccountMails } from '../../src/mail/account-mails.ts'
import { Outbox, type OutboxOptions } from '../../src/mail/outbox.ts'
import { smtp } from '../../src/mail/smtp.ts'
import { startTestApp, type TestApp } from './app.ts'
import { linkIn, startSmtp, type TestSmtp } from './smtp.ts'
import type { Visitor } from './visitor.ts'

export interface MailApp extends TestApp {
  smtp: TestSmtp
}

/** The whole app, with a mail server of its own. */
export async function startMailApp(
  environment: Record<string, string> = {},
  options: OutboxOptions = {},
): Promise<MailApp> {
  const server = await startSmtp()
  const app = await startTestApp(
    { MAIL: 'on', SMTP_URL: server.url, MAIL_FROM: 'Latchkey <hello@example.com>', ...environment },
    (config, log) => {
      const deliver = smtp({ ...config.mail, smtpUrl: config.mail.smtpUrl ?? '' })
      return new AccountMails(new Outbox(deliver, log, { longestStartMs: 0, ...options }), config)
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
