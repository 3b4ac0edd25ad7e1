import mongoose, { type ConnectOptions } from 'mongoose'
import { databaseDeadlineMs, within } from './deadline.ts'
import { Session } from './models/session.ts'
import { Token } from './models/token.ts' // mail
import { User } from './models/user.ts'

/** The one MongoDB connection of this process: users and sessions share its client. */
export interface Database {
  readonly client: mongoose.mongo.MongoClient
  /** @throws when MongoDB does not answer within 2.5 s */
  ping(): Promise<void>
  close(): Promise<void>
}

/** Connects and makes the indexes, so that the first request already has them. @throws when MongoDB does not answer */
export async function connectDatabase(url: string, options: ConnectOptions = {}): Promise<Database> {
  // A mistyped filter would otherwise be dropped and match every document.
  mongoose.set('strictQuery', 'throw')
  await makeIndexes(url)
  await mongoose.connect(url, { ...connection, ...options })
  return {
    client: mongoose.connection.getClient(),
    ping: () => within(databaseDeadlineMs, ping()),
    close: () => mongoose.disconnect(),
  }
}

/** On a connection of its own, without a limit: the first index of a large collection takes its time. */
async function makeIndexes(url: string): Promise<void> {
  const patient = await mongoose.createConnection(url, { ...connection, socketTimeoutMS: 0 }).asPromise()
  await patient.model('User', User.schema).createIndexes()
  await patient.model('Session', Session.schema).createIndexes()
  await patient.model('Token', Token.schema).createIndexes() // mail
  // As rate-limiter-flexible would make them, unawaited.
  await patient
    .getClient()
    .db()
    .collection('limits')
    .createIndexes([
      { key: { key: 1 }, unique: true },
      { key: { expire: -1 }, expireAfterSeconds: 0 },
    ])
  await patient.close()
}

/**
 * With the driver's defaults a page waits 30 s for a database that was killed and 69 s for one that swallows bytes.
 * Milliseconds throughout.
 */
const connection = {
  serverSelectionTimeoutMS: 3_000,
  // For each step of a new connection; enough for a MongoDB on another continent (350 ms a round trip). After a network
  // that swallowed bytes has healed, an attempt that is still stuck in it is what delays the recovery.
  connectTimeoutMS: 700,
  // Frees the connections that a network swallowed. A query of your own that takes longer needs more.
  socketTimeoutMS: 5_000,
  waitQueueTimeoutMS: 2_000,
  heartbeatFrequencyMS: 5_000,
  // Between two looks at a MongoDB that is away while somebody waits for it.
  minHeartbeatFrequencyMS: 100,
  // Fail at once while disconnected instead of queueing commands without a limit.
  bufferCommands: false,
  // connectDatabase makes the indexes itself and waits for them; mongoose would make them in the background.
  autoIndex: false,
  autoCreate: false,
  ignoreUndefined: true,
} as const satisfies ConnectOptions

async function ping(): Promise<void> {
  await mongoose.connection.db?.command({ ping: 1 })
}
