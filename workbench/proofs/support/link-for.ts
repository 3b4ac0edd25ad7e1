import { linkIn, type ServerProcess, startSmtp, until } from '../../support/testing.ts'

const smtp = await startSmtp()
const opened = new Set<string>()

/** For a server that sends its emails here. */
export const mailEnv = { MAIL: 'on', SMTP_URL: smtp.url, MAIL_FROM: 'hello@example.com' }

/** The link in an email, waiting for it if needed. @throws if the server is killed first */
export async function linkFor(path: string, email: string, server: ServerProcess): Promise<string> {
  let gone = false
  void server.exited.then(() => {
    gone = true
  })
  const find = () =>
    smtp.mails
      .filter(({ to, text }) => to === email && text.includes(`${path}?token=`))
      .map(linkIn)
      .findLast((link) => !opened.has(link))
  await until(`a link for ${email}`, () => gone || find() !== undefined)
  const link = find()
  if (!link) throw new Error('The server was killed')
  opened.add(link)
  return link
}
