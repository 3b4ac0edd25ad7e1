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

/** @throws if the email could not be handed over */
export type Deliver = (mail: Mail) => Promise<unknown>

/** Per step of a delivery, because a server that hangs blocks one of the queue's few slots. Milliseconds. */
const timeoutMs = 10_000

/** @param origin for links; from the configuration, never from a request */
export async function render(to: string, message: Message, { appName, origin }: Config): Promise<Mail> {
  const values = { ...message, appName, origin, themeColors: themeColors() }
  const [text, html] = await Promise.all([
    // No HTML escaping in plain text.
    ejs.renderFile(view('message.text.ejs'), values, { strict: true, escape: String }),
    ejs.renderFile(view('message.html.ejs'), values, { strict: true }),
  ])
  return { to, subject: message.subject, text, html }
}

/** One connection per email, because most apps send few. SMTP_URL can set other timeouts in its query. */
export function smtp({ smtpUrl = '', from }: MailSettings): Deliver {
  let opened: Promise<Transporter> | undefined
  return async ({ to, ...mail }) => {
    opened ??= openTransport(smtpUrl)
    const transport = await opened
    return await transport.sendMail({
      ...mail,
      from,
      // An object is always a single address, whatever it contains.
      to: { name: '', address: to },
      // Prevents out-of-office replies (RFC 3834).
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
  }
}

/** Whether the server rejects this email, so that retrying is useless. */
export function isRejected(error: unknown): boolean {
  if (!(error instanceof Error && 'code' in error && 'responseCode' in error)) return false
  return (error.code === 'EENVELOPE' || error.code === 'EMESSAGE') && Number(error.responseCode) >= 500
}

/** Without the mail server's own message, which may contain the email address. */
export function withoutAnswer(error: unknown): unknown {
  if (!(error instanceof Error && 'responseCode' in error && 'code' in error)) return error
  const { code, responseCode } = error
  return Object.assign(new Error(`The mail server returned ${responseCode}`), { code })
}

async function openTransport(url: string): Promise<Transporter> {
  // Loaded for the first email, because it takes 50 ms and 15 MB.
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
