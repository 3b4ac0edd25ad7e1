import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { accounts } from '../harness/accounts.ts'
import type { Question } from '../harness/answer.ts'
import { ourApp } from '../harness/app.ts'
import { interleave } from '../harness/interleave.ts'
import { withRange } from '../harness/spread.ts'
import { post } from '../harness/together.ts'

const kinds = ['known', 'unknown'] as const

export const forgotPassword: Question = {
  name: 'forgot-password',
  question: 'Do response times reveal whether an email address has an account?',
  async run(harness) {
    const smtp = await startSmtp()
    const url = harness.database.url('forgot')
    const app = ourApp(url)
    const env = { ...app.env, MAIL: 'on', SMTP_URL: smtp.url, MAIL_FROM: 'hello@example.com' }
    const running = await harness.start({ ...app, env })
    const users = harness.database.collection<{ passwordHash: string; email: string }>(url, 'users')
    const rounds = harness.scale(200, 10)
    const people = await accounts(running, users, 8 * rounds)
    const ask = async (kind: (typeof kinds)[number]) => {
      const { email } = people.next()
      const start = performance.now()
      await post(running, '/forgot-password', { email: kind === 'known' ? email : `no-${email}` })
      return { ms: performance.now() - start }
    }
    try {
      harness.say('requesting password resets')
      await interleave(kinds, harness.scale(20, 1), ask) // warm-up: code isn't compiled yet
      const times = await interleave(kinds, rounds, ask)
      return {
        sentences:
          `Response times of password resets for email addresses with and without an account, alternating, ${rounds} times each, with ` +
          'minimum and maximum.',
        tables: [
          { columns: ['email address', 'ms'], rows: kinds.map((kind) => [kind, withRange(times[kind].ms)]) },
        ],
        charts: [],
        measured: times,
      }
    } finally {
      await smtp.stop()
    }
  },
}

/** A mail server that accepts every email and discards it. */
async function startSmtp(): Promise<{ url: string; stop(): Promise<void> }> {
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', 'AUTH'],
    onData: (stream, _session, done) => stream.resume().on('end', () => done()),
  })
  const listening = server.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  // A TCP server's address is an object, not a path.
  const { port } = listening.address() as AddressInfo
  return { url: `smtp://127.0.0.1:${port}`, stop: () => new Promise((resolve) => server.close(resolve)) }
}
