/**
 * Can a stranger tell by the clock whether an address has an account? Asks for a new password for known and unknown addresses
 * in turn, and prints the time of each answer: npm run forgot-password
 */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import mongoose from 'mongoose'
import {
  AccountMails,
  connectDatabase,
  createApp,
  createLog,
  Outbox,
  readConfig,
  User,
} from '../support/app.ts'
import { startLocalMongo } from '../support/development.ts'

const rounds = 200
const warmUp = 20

const folder = mkdtempSync(join(tmpdir(), 'bench-mongodb-'))
const mongo = await startLocalMongo({ folder: join(folder, 'data'), port: 0 })
const config = readConfig({
  NODE_ENV: 'test',
  LOG_LEVEL: 'silent',
  DATABASE_URL: mongo.uri,
  SECRET_KEY: randomBytes(32).toString('base64url'),
})
const database = await connectDatabase(config.databaseUrl)
const log = await createLog(config)
let mailsSent = 0
const outbox = new Outbox(async () => {
  mailsSent += 1
}, log)
const server = createServer(createApp({ config, database, log, mails: new AccountMails(outbox, config) }))
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
// A server that listens on TCP has an address of this kind, not a path.
const { port } = server.address() as AddressInfo

for (let index = 0; index < rounds + warmUp; index += 1) {
  await User.create({ name: 'Known', email: `known${index}@example.com`, passwordHash: 'none' })
}
const times: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] }
for (let index = 0; index < rounds + warmUp; index += 1) {
  for (const kind of index % 2 ? (['known', 'unknown'] as const) : (['unknown', 'known'] as const)) {
    const address = kind === 'known' ? `known${index}@example.com` : `nobod${index}@example.com`
    const took = await ask(address)
    if (index >= warmUp) times[kind].push(took)
  }
}
await outbox.close()

console.table(
  Object.entries(times).map(([address, all]) => {
    const sorted = all.toSorted((a, b) => a - b)
    const at = (share: number) => Number((sorted[Math.floor(share * sorted.length)] ?? 0).toFixed(3))
    return { address, requests: all.length, 'median ms': at(0.5), 'p10 ms': at(0.1), 'p90 ms': at(0.9) }
  }),
)
console.log(`${mailsSent} mails were sent meanwhile.`)

server.closeAllConnections()
server.close()
await mongoose.disconnect()
await mongo.stop()
rmSync(folder, { recursive: true })

/** From the first byte sent to the last one received, on a connection of its own. Milliseconds. */
function ask(email: string): Promise<number> {
  const body = `email=${encodeURIComponent(email)}`
  const headers = {
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': body.length,
    'Sec-Fetch-Site': 'same-origin',
  }
  return new Promise((resolve, reject) => {
    const start = performance.now()
    request(
      { port, host: '127.0.0.1', path: '/forgot-password', method: 'POST', headers, agent: false },
      (answer) => {
        if (answer.statusCode !== 303) reject(new Error(`Answered ${answer.statusCode}`))
        answer.resume().on('end', () => resolve(performance.now() - start))
      },
    )
      .on('error', reject)
      .end(body)
  })
}
