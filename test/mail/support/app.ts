import { account } from '../../../src/features/account/index.ts'
import { mail } from '../../../src/features/mail/index.ts'
import type { LaterOptions } from '../../../src/later.ts'
import type { Log } from '../../../src/log.ts'
import { startTestApp, type TestApp } from '../../support/app.ts'
import type { Visitor } from '../../support/visitor.ts'
import { linkIn, startSmtp, type TestSmtp } from './smtp.ts'

export interface MailApp extends TestApp {
  smtp: TestSmtp
}

interface MailAppOptions {
  log?: Log
  later?: LaterOptions
  /** How long a mail server may be silent. */
  greetingTimeoutMs?: number
}

/** The app with the feature mail and its needs, and its own mail server. */
export async function startMailApp(
  environment: Record<string, string> = {},
  { log, later, greetingTimeoutMs = 10_000 }: MailAppOptions = {},
): Promise<MailApp> {
  const server = await startSmtp()
  const app = await startTestApp(
    {
      SMTP_URL: `${server.url}?greetingTimeout=${greetingTimeoutMs}`,
      MAIL_FROM: 'Latchkey <hello@example.com>',
      ...environment,
    },
    { ...(log && { log }), ...(later && { later }), features: [account, mail] },
  )
  return { ...app, smtp: server }
}

/** Opens the link in the next email to this address. */
export async function openLink(app: MailApp, visitor: Visitor, email: string) {
  const link = linkIn(await app.smtp.next(email))
  const landing = await visitor.get(link)
  return { link, landing, page: await visitor.get(link.split('?', 1)[0] ?? '') }
}
