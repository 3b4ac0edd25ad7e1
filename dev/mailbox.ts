import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Request, type RequestHandler, type Response, Router } from 'express'
import type { Deliver, Mail } from '../src/mail/mail.ts'
import { readSettings } from './settings.ts'

interface KeptMail extends Mail {
  id: string
  links: string[]
}

const shown = 50 // mails, the newest first

/** Without SMTP_URL no mail leaves the machine: they are at /dev/mailbox, also after a restart, and each says so here. */
export function mailbox(): { deliver: Deliver; more: RequestHandler[] } {
  const { mailFolder } = readSettings()
  const router = Router()
  router.get('/dev/mailbox', (_req: Request, res: Response) => {
    res.render(fileURLToPath(new URL('mailbox.ejs', import.meta.url)), { mails: kept(mailFolder) })
  })
  router.get('/dev/mailbox/:id', (req: Request, res: Response, next) => {
    const mail = kept(mailFolder).find(({ id }) => id === req.params.id)
    if (!mail) return next()
    // Mails bring their styles with them, which no page of the app does.
    res.set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'").send(mail.html)
  })
  return { deliver: async (mail) => keep(mailFolder, mail), more: [router] }
}

function keep(folder: string, mail: Mail): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // The time first, so that the names sort by it.
  writeFileSync(join(folder, `${Date.now()}-${process.hrtime()[1]}.json`), JSON.stringify(mail), {
    mode: 0o600,
  })
  console.log([`Mail to ${mail.to}: ${mail.subject}`, ...linksIn(mail)].join('\n  '))
}

function kept(folder: string): KeptMail[] {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const names = readdirSync(folder).sort().reverse().slice(0, shown)
  return names.map((name) => {
    const mail: Mail = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    return { ...mail, id: name.replace('.json', ''), links: linksIn(mail) }
  })
}

/** The last one is the letterhead's own. */
function linksIn({ text }: Mail): string[] {
  return (text.match(/https?:\/\/\S+/g) ?? []).slice(0, -1)
}
