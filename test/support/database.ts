import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import mongoose from 'mongoose'
import { connectDatabase, type Database } from '../../src/database.ts'

/** Every test file has its own database on the server of test/run.ts. */
export function ownDatabaseUrl(): string {
  const server = process.env.TEST_DATABASE_URL
  if (!server) throw new Error('Run the tests with: npm test, or npm test -- test/core/sign-in.test.ts')
  const url = new URL(server)
  url.pathname = `/test_${randomBytes(6).toString('hex')}`
  return url.href
}

export interface TestDatabase extends Database {
  url: string
  /** Names of the commands sent since the last call, such as ['find', 'update']. */
  takeCommands(): string[]
  drop(): Promise<void>
}

export async function openTestDatabase(url = patient(ownDatabaseUrl())): Promise<TestDatabase> {
  const commands: string[] = []
  const database = await connectDatabase(url, { monitorCommands: true })
  database.client.on('commandStarted', ({ commandName }) => {
    if (!housekeeping.has(commandName)) commands.push(commandName)
  })
  return {
    ...database,
    url,
    takeCommands: () => commands.splice(0),
    async drop() {
      await dropped(10)
      await database.close()
    },
  }
}

/** On a busy machine, making the indexes may occupy all connections for longer than the app waits for one. */
function patient(address: string): string {
  const url = new URL(address)
  url.searchParams.set('waitQueueTimeoutMS', '60000')
  return url.href
}

/** After a test that cut the network, the first attempts may still fail. */
async function dropped(attempts: number): Promise<void> {
  try {
    await mongoose.connection.dropDatabase()
  } catch (error) {
    if (attempts === 0) throw error
    await sleep(200)
    await dropped(attempts - 1)
  }
}

const housekeeping = new Set(['hello', 'isMaster', 'ismaster', 'endSessions', 'ping'])
