import { createHash } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { Request } from 'express'
import ipaddr from 'ipaddr.js'
import mongoose, { Schema } from 'mongoose'
import pLimit, { type LimitFunction } from 'p-limit'
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
  /** A success stays counted: where the attempts suffice for an owner, or each costs something, such as an email. */
  readonly successCounts?: true
  /** Until it is reached it is enough, and the limits named after it are not asked; then they decide. */
  readonly suffices?: true
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
 * visitor, is given back. @throws {TryLater} 429 when it is one attempt too many
 */
export async function limitAttempts<T>(
  req: Request,
  attempts: Iterable<Attempt> | AsyncIterable<Attempt>,
  work: () => Promise<T>,
): Promise<T> {
  const counted: Attempt[] = []
  try {
    for await (const attempt of attempts) {
      const [limit] = attempt
      const waitMs = await spend(attempt)
      if (waitMs > 0 && limit.suffices) continue
      if (waitMs > 0) refuse(req, limit, waitMs)
      counted.push(attempt)
      if (limit.suffices) break
    }
    const result = await queuedPerNetwork(network(req, 3), work)
    void giveBack(counted.filter(([limit]) => !limit.successCounts))
    return result
  } catch (error) {
    const isVisitors = error instanceof InvalidFields || (error instanceof TryLater && error.status === 429)
    if (!isVisitors) void giveBack(counted)
    throw error
  }
}

/** The same for work that no response waits for, such as an email: does nothing when it is one attempt too many. */
export async function limitAttemptsLater(attempt: Attempt, work: () => Promise<void>): Promise<void> {
  if ((await spend(attempt)) > 0) return
  try {
    await work()
  } catch (error) {
    // It is tried again.
    await giveBack([attempt])
    throw error
  }
}

function refuse(req: Request, { name }: Limit, waitMs: number): never {
  report(req, { event: 'limit.reached', level: 'warn', limit: name }, 'Too many attempts')
  const seconds = Math.ceil(waitMs / 1000)
  const wait = seconds <= 60 ? 'a minute' : `${Math.ceil(seconds / 60)} minutes`
  throw new TryLater(429, `Too many attempts. Wait ${wait}, then try again.`, seconds)
}

/** @returns 0, or milliseconds to wait when it is one attempt too many */
async function spend([limit, ...of]: Attempt): Promise<number> {
  try {
    // Without its unique index two counters of one key could be made, which would keep the index from being made ever after.
    const counted = indexesMade().then(() => counterOf(limit).consume(hashed(of)))
    await within(databaseDeadlineMs, counted)
    return 0
  } catch (error) {
    if (error instanceof RateLimiterRes) return Math.max(1, error.msBeforeNext)
    throw error
  }
}

/** So many subscribers of one IPv6 site, such as a campus, may use up a limit before the rest of the site meets it. */
const subscribersPerSite = 4

/** From the visitor's network, and before it from an IPv6 site, which has as many networks as it likes. */
export function fromAddress(req: Request, limit: Limit, ...of: string[]): Attempt[] {
  const ofSite = { ...limit, name: `${limit.name}Site`, attempts: limit.attempts * subscribersPerSite }
  const attempt: Attempt = [limit, network(req), ...of]
  return isIPv6(req.ip ?? '') ? [[ofSite, network(req, 3), ...of], attempt] : [attempt]
}

/** The visitor's IP address; of IPv6 the first 64 bits, because one subscriber has them all. @param parts of 16 bits */
export function network({ ip = '' }: Request, parts = 4): string {
  return isIPv6(ip) ? ipaddr.IPv6.parse(ip).parts.slice(0, parts).join(':') : ip
}

/** Of one network; the rest of it waits, so that no one takes every place where passwords are hashed. */
const maxAtOnce = 8
const queues = new Map<string, { limit: LimitFunction; users: number }>()

async function queuedPerNetwork<T>(network: string, work: () => Promise<T>): Promise<T> {
  const queue = queues.get(network) ?? { limit: pLimit(maxAtOnce), users: 0 }
  queues.set(network, queue)
  queue.users += 1
  try {
    return await queue.limit(work)
  } finally {
    queue.users -= 1
    if (queue.users === 0) queues.delete(network)
  }
}

/** By the connection, because tests make more than one. */
const counters = new WeakMap<object, Map<string, RateLimiterMongo>>()

function counterOf({ name, attempts, seconds }: Limit): RateLimiterMongo {
  const client = mongoose.connection.getClient()
  const made = counters.get(client) ?? new Map<string, RateLimiterMongo>()
  counters.set(client, made)
  const counter =
    made.get(name) ??
    new RateLimiterMongo({
      // A Db with a write concern instead of the client, from which the limiter would take one without.
      storeClient: client.db(undefined, { writeConcern: { w: 1, ...client.options.writeConcern } }),
      tableName: Counter.collection.name,
      disableIndexesCreation: true,
      keyPrefix: name,
      points: attempts,
      duration: seconds,
      // Whoever goes on and on after a 429 costs MongoDB nothing. From here on, whatever is given back, the limit stays reached.
      inMemoryBlockOnConsumed: 2 * attempts + 1,
    })
  made.set(name, counter)
  return counter
}

/** One command for all of them. Never fails: at worst they stay counted. */
async function giveBack(attempts: readonly Attempt[]): Promise<void> {
  if (attempts.length === 0) return
  const keys = attempts.map(([limit, ...of]) => counterOf(limit).getKey(hashed(of)))
  const given = Counter.updateMany({ key: { $in: keys }, points: { $gt: 0 } }, { $inc: { points: -1 } })
  await given.catch(() => {})
}

/** One length, whatever is typed; and the collection shows no one's address. */
function hashed(of: readonly string[]): string {
  return createHash('sha256').update(of.join('\n')).digest('base64url')
}
