import { createHash } from 'node:crypto'
import type { Request } from 'express'
import ipaddr from 'ipaddr.js'
import mongoose, { Schema } from 'mongoose'
import { RateLimiterMongo, RateLimiterRes } from 'rate-limiter-flexible'
import { databaseDeadlineMs, indexesMade, within } from '../database.ts'
import { InvalidFields, TryLater } from '../errors.ts'
import { report } from '../log.ts'

/** How often someone may try. Declared beside the attempt that it limits. */
export interface Limit {
  readonly name: string
  /** This many are let through in one window; the next gets 429 until the window ends. */
  readonly attempts: number
  /** Length of the window, which begins with its first attempt. Seconds. */
  readonly seconds: number
  /** Set where attempts are many enough for an owner: a success stays counted, which saves a write. */
  readonly countsSuccess?: true
}

/** One attempt against a limit, counted for this IP address, account or user. */
export type Attempt = readonly [limit: Limit, ...of: string[]]

// Counted in MongoDB, so for all processes together and over restarts. Its documents are the limiter's, its indexes ours.
const schema = new Schema({ key: String, points: Number, expire: Date }, { collection: 'limits' })
schema.index({ key: 1 }, { unique: true }).index({ expire: -1 }, { expireAfterSeconds: 0 })
const Counter = mongoose.model('Limit', schema)

/**
 * Does work that no one may try too often. Attempts are counted before it, so that of many at once no more than the limit get
 * through; name the widest limit first, because it costs an attacker most. What succeeds, or fails for another reason than the
 * visitor, is not counted. Without MongoDB it fails with the driver's error, as the work itself would.
 * https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html#protect-against-automated-attacks
 * @throws {TryLater} 429 when it is one attempt too many
 */
export async function limited<T>(
  req: Request,
  attempts: readonly Attempt[],
  work: () => Promise<T>,
): Promise<T> {
  const counted: Attempt[] = []
  try {
    for (const attempt of attempts) {
      await count(req, attempt)
      counted.push(attempt)
    }
    const result = await work()
    void giveBack(counted.filter(([limit]) => !limit.countsSuccess))
    return result
  } catch (error) {
    const isVisitors = error instanceof InvalidFields || (error instanceof TryLater && error.status === 429)
    if (!isVisitors) void giveBack(counted)
    throw error
  }
}

/** Counts an attempt that succeeds as well, such as an email asked for. @throws {TryLater} 429 */
export async function count(req: Request, [limit, ...of]: Attempt): Promise<void> {
  try {
    // Without its unique index two counters of one key could be made, which would keep the index from being made ever after.
    const counted = indexesMade().then(() => counterOf(limit).consume(hashed(of)))
    await within(databaseDeadlineMs, counted)
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error
    report(req, { event: 'limit.reached', level: 'warn', limit: limit.name }, 'Too many attempts')
    // Rounded up, so that no one comes back too early.
    const seconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000))
    const wait = seconds <= 60 ? 'a minute' : `${Math.ceil(seconds / 60)} minutes`
    throw new TryLater(429, `Too many attempts. Wait ${wait}, then try again.`, seconds)
  }
}

/** The visitor's IP address; of IPv6 the first 64 bits, because one subscriber has them all. */
export function network({ ip = '' }: Request): string {
  if (!ipaddr.isValid(ip)) return 'unknown'
  const address = ipaddr.parse(ip)
  return address instanceof ipaddr.IPv6 ? address.parts.slice(0, 4).join(':') : ip
}

/** By the connection, because tests make more than one. */
const counters = new WeakMap<object, Map<string, RateLimiterMongo>>()

function counterOf({ name, attempts, seconds }: Limit): RateLimiterMongo {
  const client = mongoose.connection.getClient()
  const made = counters.get(client) ?? new Map<string, RateLimiterMongo>()
  counters.set(client, made)
  const counter = made.get(name)
  if (counter) return counter
  const options = {
    // A Db with a write concern instead of the client, from which the limiter would take one without.
    storeClient: client.db(undefined, { writeConcern: { w: 1, ...client.options.writeConcern } }),
    tableName: Counter.collection.name,
    disableIndexesCreation: true,
    keyPrefix: name,
    points: attempts,
    duration: seconds,
    // Whoever goes on and on after a 429 costs MongoDB nothing.
    inMemoryBlockOnConsumed: attempts + 1,
  }
  made.set(name, new RateLimiterMongo(options))
  return counterOf({ name, attempts, seconds })
}

/** One command for all of them. Never fails: at worst they stay counted. */
async function giveBack(attempts: readonly Attempt[]): Promise<void> {
  if (attempts.length === 0) return
  const keys = attempts.map(([limit, ...of]) => counterOf(limit).getKey(hashed(of)))
  await Counter.updateMany({ key: { $in: keys }, points: { $gt: 0 } }, { $inc: { points: -1 } }).catch(
    () => {},
  )
  // This process may remember that a limit was reached when it no longer is.
  for (const [limit] of attempts) counterOf(limit).deleteInMemoryBlockedAll()
}

/** One length, whatever is typed; and the collection shows no one's address. */
function hashed(of: readonly string[]): string {
  return createHash('sha256').update(of.join('\n')).digest('base64url')
}
