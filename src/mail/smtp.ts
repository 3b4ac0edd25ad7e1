import type { Transporter } from 'nodemailer'
import type { MailSettings } from '../mail-settings.ts'
import type { Deliver } from './mail.ts'

/** For each step of a delivery. A server that hangs keeps one of the outbox's few places so long. Milliseconds. */
const timeoutMs = 10_000

/** A connection a mail: an app that sends few has none to keep alive. SMTP_URL may set other timeouts in its query. */
export function smtp({ smtpUrl, from }: MailSettings & { smtpUrl: string }): Deliver {
  let opened: Promise<Transporter> | undefined
  return async ({ to, ...mail }) => {
    opened ??= openTransport(smtpUrl)
    const transport = await opened
    return await transport.sendMail({
      ...mail,
      from,
      // As an object it is one address, whatever is in it.
      to: { name: '', address: to },
      // RFC 3834: keeps away the answers of those who are on holiday.
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
  }
}

async function openTransport(smtpUrl: string): Promise<Transporter> {
  // With the first mail: at the start it would be 50 ms and 15 MB for every app, one without mail included.
  const { createTransport } = await import('nodemailer')
  return createTransport({
    url: smtpUrl,
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}
