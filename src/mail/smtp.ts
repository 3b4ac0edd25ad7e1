import { createTransport } from 'nodemailer'
import type { MailSettings } from '../mail-settings.ts'
import type { Deliver } from './mail.ts'

/** For each step of a delivery. A server that hangs keeps one of the outbox's few places so long. Milliseconds. */
const timeoutMs = 10_000

/** A connection a mail: an app that sends few has none to keep alive. SMTP_URL may set other timeouts in its query. */
export function smtp({ smtpUrl, from }: MailSettings & { smtpUrl: string }): Deliver {
  const transport = createTransport({
    url: smtpUrl,
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return ({ to, ...mail }) =>
    transport.sendMail({
      ...mail,
      from,
      // As an object it is one address, whatever is in it.
      to: { name: '', address: to },
      // RFC 3834: keeps away the answers of those who are on holiday.
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
}
