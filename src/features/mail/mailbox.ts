import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type RequestHandler, Router } from 'express'
import type { Config } from '../../config.ts'
import type { Env } from '../../env.ts'
import type { Deliver, Mail } from './deliver.ts'

interface KeptMail extends Mail {
  id: string
  sentAt: Date
  links: string[]
}

const shown = 50 // emails, newest first

/** In development without SMTP_URL, emails are not sent but stored, and shown at /dev/mailbox. */
export function mailbox(env: Env, { origin }: Config): { deliver: Deliver; router: Router } {
  const folder = join(env.DATA_FOLDER ?? '.data', 'mails')
  const router = Router()
  router.use('/dev/mailbox', ownHostOnly(origin))
  router.get('/dev/mailbox', (_req, res) => res.render('mail/mailbox', { mails: kept(folder) }))
  router.get('/dev/mailbox/:id', (req, res, next) => {
    const mail = kept(folder).find(({ id }) => id === req.params.id)
    if (!mail) return next()
    // Unlike pages, emails have inline styles.
    res.set('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'").send(mail.html)
  })
  return { deliver: async (mail) => keep(folder, mail), router }
}

/** Another site must not read live links through DNS rebinding. */
function ownHostOnly(origin: string): RequestHandler {
  const { host } = new URL(origin)
  return (req, _res, next) => next(req.get('host') === host ? undefined : 'router')
}

function keep(folder: string, mail: Mail): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // Starts with the time, so that the names sort by time.
  const name = `${Date.now()}-${process.hrtime()[1]}.json`
  writeFileSync(join(folder, name), JSON.stringify(mail), { mode: 0o600 })
  process.stdout.write(`${[`Email to ${mail.to}: ${mail.subject}`, ...linksIn(mail)].join('\n  ')}\n`)
}

function kept(folder: string): KeptMail[] {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const names = readdirSync(folder).sort().reverse().slice(0, shown)
  return names.map((name) => {
    const mail: Mail = JSON.parse(readFileSync(join(folder, name), 'utf8'))
    const sentAt = new Date(Number(name.split('-', 1)[0]))
    return { ...mail, id: name.replace('.json', ''), sentAt, links: linksIn(mail) }
  })
}

/** The last one is the letterhead's own. */
function linksIn({ text }: Mail): string[] {
  return (text.match(/https?:\/\/\S+/g) ?? []).slice(0, -1)
}
