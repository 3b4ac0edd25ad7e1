import { fileURLToPath } from 'node:url'
import ejs from 'ejs'
import type { Mail } from './mail.ts'
import type { Message } from './messages.ts'

/** Whose mail it is. */
export interface Letterhead {
  appName: string
  /** What every link begins with: from the configuration, never from a request. */
  origin: string
}

export async function render(to: string, message: Message, { appName, origin }: Letterhead): Promise<Mail> {
  const values = { ...message, appName, origin }
  const [text, html] = await Promise.all([
    // Plain text: an & is an &.
    ejs.renderFile(view('message.text.ejs'), values, { strict: true, escape: String }),
    ejs.renderFile(view('message.html.ejs'), values, { strict: true }),
  ])
  return { to, subject: message.subject, text, html }
}

function view(file: string): string {
  return fileURLToPath(new URL(`../../views/mail/${file}`, import.meta.url))
}
