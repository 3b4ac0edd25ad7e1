import { fileURLToPath } from 'node:url'
import ejs from 'ejs'
import type { Transporter } from 'nodemailer'
import type { Config } from '../../config.ts'
import { themeColors } from '../../web/files.ts'
import type { Message } from './messages.ts'
import type { MailSettings } from './settings.ts'

export interface Mail {
  to: string
  subject: string
  text: string
  html: string
}

/** Hands an email over to whatever carries it. @throws when it could not */
export type Deliver = (mail: Mail) => Promise<unknown>

/** For each step of a delivery: a server that hangs keeps one of the queue's few places this long. Milliseconds. */
const timeoutMs = 10_000

/** @param origin what every link begins with: from the configuration, never from a request */
export async function render(to: string, message: Message, { appName, origin }: Config): Promise<Mail> {
  const values = { ...message, appName, origin, themeColors: themeColors() }
  const [text, html] = await Promise.all([
    // Plain text: an & is an &.
    ejs.renderFile(view('message.text.ejs'), values, { strict: true, escape: String }),
    ejs.renderFile(view('message.html.ejs'), values, { strict: true }),
  ])
  return { to, subject: message.subject, text, html }
}

/** A connection per email: an app that sends few has none to keep alive. SMTP_URL may set other timeouts in its query. */
export function smtp({ smtpUrl = '', from }: MailSettings): Deliver {
  let opened: Promise<Transporter> | undefined
  return async ({ to, ...mail }) => {
    opened ??= openTransport(smtpUrl)
    const transport = await opened
    return await transport.sendMail({
      ...mail,
      from,
      // As an object it is one address, whatever is in it.
      to: { name: '', address: to },
      // RFC 3834: keeps away the answers of those who are on vacation.
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
  }
}

/** Whether this very email is the trouble, so that another attempt would fail alike. */
export function isRejected(error: unknown): boolean {
  if (!(error instanceof Error && 'code' in error && 'responseCode' in error)) return false
  return (error.code === 'EENVELOPE' || error.code === 'EMESSAGE') && Number(error.responseCode) >= 500
}

/** What went wrong, without the mail server's own words, which may repeat the address. */
export function withoutAnswer(error: unknown): unknown {
  if (!(error instanceof Error && 'responseCode' in error && 'code' in error)) return error
  const { code, responseCode } = error
  return Object.assign(new Error(`The mail server answered ${responseCode}`), { code })
}

async function openTransport(url: string): Promise<Transporter> {
  // With the first email: at startup it would be 50 ms and 15 MB for every app, one without email included.
  const { createTransport } = await import('nodemailer')
  return createTransport({
    url,
    dnsTimeout: timeoutMs,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

function view(file: string): string {
  return fileURLToPath(new URL(`../../../views/mail/${file}`, import.meta.url))
}
