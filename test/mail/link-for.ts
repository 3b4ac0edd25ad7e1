import { type ServerProcess, until } from '../support/server-process.ts'
import { linkIn, startSmtp } from './support/smtp.ts'

const smtp = await startSmtp()
/** For a server that sends its mails here. */
export const env = { MAIL: 'on', SMTP_URL: smtp.url, MAIL_FROM: 'hello@example.com' }
/** Opened already. */
const used = new Set<string>()

/** The link of a mail that came, or is about to. @throws when the server is gone before */
export async function linkFor(path: string, email: string, server: ServerProcess): Promise<string> {
  let gone = false
  void server.exited.then(() => {
    gone = true
  })
  const find = () =>
    smtp.mails
      .filter(({ to, text }) => to === email && text.includes(`${path}?token=`))
      .map(linkIn)
      .findLast((link) => !used.has(link))
  await until(`a link for ${email}`, () => gone || find() !== undefined)
  const link = find()
  if (!link) throw new Error('The server is gone')
  used.add(link)
  return link
}
