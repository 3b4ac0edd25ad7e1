import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { SMTPServer } from 'smtp-server'
import { cleanUp } from '../../support/clean-up.ts'
import { until } from '../../support/server-process.ts'

export interface ReceivedMail {
  to: string
  subject: string
  headers: string
  text: string
  html: string
}

/** A mail server that stores all emails. Stopped after the file's tests. */
export interface TestSmtp {
  readonly url: string
  readonly mails: ReceivedMail[]
  /** The next email to this address that was not read yet. */
  next(to: string): Promise<ReceivedMail>
  stop(): Promise<void>
  /** On the same port. */
  startAgain(): Promise<void>
  /** From now on the server accepts connections but stays silent. */
  hang(): void
  heal(): void
  /** From now on it accepts only this password. */
  password: string
  /** Response codes for recipients that it refuses from now on. */
  readonly refused: Map<string, number>
}

export async function startSmtp(): Promise<TestSmtp> {
  const mails: ReceivedMail[] = []
  const seen = new Set<ReceivedMail>()
  let hangs = false
  let server = await listen(0)
  const { port } = addressOf(server)

  const smtp: TestSmtp = {
    url: `smtp://app:right@127.0.0.1:${port}`,
    mails,
    password: 'right',
    refused: new Map(),
    async next(to) {
      const find = () => mails.find((mail) => mail.to === to && !seen.has(mail))
      await until(`a mail to ${to}`, () => find() !== undefined)
      const mail = find()
      if (!mail) throw new Error(`The mail to ${to} is gone`)
      seen.add(mail)
      return mail
    },
    stop: () => new Promise((resolve) => server.close(resolve)),
    async startAgain() {
      server = await listen(port)
    },
    hang() {
      hangs = true
    },
    heal() {
      hangs = false
    },
  }
  cleanUp(() => smtp.stop())
  return smtp

  async function listen(onPort: number): Promise<SMTPServer> {
    const started = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      closeTimeout: 100,
      onConnect: (_session, done) => {
        if (!hangs) done()
      },
      onAuth: ({ password }, _session, done) =>
        password === smtp.password ? done(null, { user: 'app' }) : done(new Error('No such password')),
      onRcptTo({ address }, _session, done) {
        const responseCode = smtp.refused.get(address)
        done(responseCode ? Object.assign(new Error(`No mail for ${address}`), { responseCode }) : undefined)
      },
      onData(stream, { envelope }, done) {
        text(stream).then((raw) => {
          for (const { address } of envelope.rcptTo) mails.push({ to: address, ...parse(raw) })
          done()
        }, done)
      },
    })
    started.on('error', () => {})
    await once(started.listen(onPort, '127.0.0.1'), 'listening')
    return started
  }
}

/** The path of the one link with a token. */
export function linkIn({ text }: ReceivedMail): string {
  const [, path] = /http:\/\/localhost:\d+(\/\S+\?token=[\w-]{43})$/m.exec(text) ?? []
  if (!path) throw new Error(`No link in: ${text}`)
  return path
}

function addressOf({ server }: { server: Server }): AddressInfo {
  // A TCP server's address is an object, not a path.
  return server.address() as AddressInfo
}

/** Parses only the MIME that nodemailer creates for a text and an HTML part. */
function parse(raw: string): Omit<ReceivedMail, 'to'> {
  const [headers = '', body = ''] = halves(raw)
  const boundary = /boundary="([^"]+)"/.exec(headers)?.[1] ?? 'none'
  const parts = body.split(`--${boundary}`).map(halves)
  const part = (type: string) => {
    const [head = '', content = ''] = parts.find(([head]) => head?.includes(type)) ?? []
    return decode(head, content)
  }
  const subject = /^Subject: (.*)$/m.exec(headers)?.[1] ?? ''
  return { headers, subject, text: part('text/plain'), html: part('text/html') }
}

function halves(raw: string): string[] {
  const at = raw.indexOf('\r\n\r\n')
  return [raw.slice(0, at), raw.slice(at + 4).replaceAll('\r\n', '\n')]
}

function decode(head: string, content: string): string {
  if (!/quoted-printable/i.test(head)) return content
  const bytes = content
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}
