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

export interface Limit {
  readonly name: string
  /** Allowed in one window; the next gets 429 until the window ends. */
  readonly attempts: number
  /** Length of the window, which starts with its first attempt. */
  readonly seconds: number
  /** Successes stay counted, for attempts that cost something, such as an email. */
  readonly successCounts?: true
  /** Until this limit is reached, the limits after it are not checked. */
  readonly suffices?: true
}

/** Counted for the IP address, account or user in `of`. */
export type Attempt = readonly [limit: Limit, ...of: string[]]

// In MongoDB, so the counts are shared by all processes and survive restarts. The limiter writes it; we create the indexes.
const schema = new Schema({ key: String, points: Number, expire: Date }, { collection: 'limits' })
schema.index({ key: 1 }, { unique: true }).index({ expire: -1 }, { expireAfterSeconds: 0 })
const Counter = mongoose.model('Limit', schema)

/** Counts before the work, so that concurrent attempts can't exceed a limit. Name the widest limit first. @throws {TryLater} 429 */
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

/** For work that no response waits for, such as an email. Does nothing after too many attempts. */
export async function limitAttemptsLater(attempt: Attempt, work: () => Promise<void>): Promise<void> {
  if ((await spend(attempt)) > 0) return
  try {
    await work()
  } catch (error) {
    // The work will be retried, and counted again.
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

/** @returns 0, or the milliseconds to wait after too many attempts */
async function spend([limit, ...of]: Attempt): Promise<number> {
  try {
    // Without the unique index a key could get two counters, and then the index could never be created.
    const counted = indexesMade().then(() => counterOf(limit).consume(hashed(of)))
    await within(databaseDeadlineMs, counted)
    return 0
  } catch (error) {
    if (error instanceof RateLimiterRes) return Math.max(1, error.msBeforeNext)
    throw error
  }
}

/** This many subscribers of an IPv6 site, such as a campus, can reach a limit before the whole site does. */
const subscribersPerSite = 4

/** Counts for the visitor's network and first for its IPv6 site, which has 65,536 networks. */
export function fromAddress(req: Request, limit: Limit, ...of: string[]): Attempt[] {
  const ofSite = { ...limit, name: `${limit.name}Site`, attempts: limit.attempts * subscribersPerSite }
  const attempt: Attempt = [limit, network(req), ...of]
  return isIPv6(req.ip ?? '') ? [[ofSite, network(req, 3), ...of], attempt] : [attempt]
}

/** The IP address; for IPv6 its first 64 bits, because a subscriber has all the rest. @param parts of 16 bits each */
export function network({ ip = '' }: Request, parts = 4): string {
  return isIPv6(ip) ? ipaddr.IPv6.parse(ip).parts.slice(0, parts).join(':') : ip
}

/** Per network, so that no one takes every slot for hashing passwords. */
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

/** By connection, because tests open more than one. */
const counters = new WeakMap<object, Map<string, RateLimiterMongo>>()

function counterOf({ name, attempts, seconds }: Limit): RateLimiterMongo {
  const client = mongoose.connection.getClient()
  const made = counters.get(client) ?? new Map<string, RateLimiterMongo>()
  counters.set(client, made)
  const counter =
    made.get(name) ??
    new RateLimiterMongo({
      // A Db with a write concern, because from a client the limiter would make one without.
      storeClient: client.db(undefined, { writeConcern: { w: 1, ...client.options.writeConcern } }),
      tableName: Counter.collection.name,
      disableIndexesCreation: true,
      keyPrefix: name,
      points: attempts,
      duration: seconds,
      // Beyond this, further attempts cost MongoDB nothing, and the limit stays reached until the window ends.
      inMemoryBlockOnConsumed: 2 * attempts + 1,
    })
  made.set(name, counter)
  return counter
}

/** Never fails: at worst the attempts stay counted. */
async function giveBack(attempts: readonly Attempt[]): Promise<void> {
  if (attempts.length === 0) return
  const keys = attempts.map(([limit, ...of]) => counterOf(limit).getKey(hashed(of)))
  const given = Counter.updateMany({ key: { $in: keys }, points: { $gt: 0 } }, { $inc: { points: -1 } })
  await given.catch(() => {})
}

/** Limits the length, and keeps email addresses out of the collection. */
function hashed(of: readonly string[]): string {
  return createHash('sha256').update(of.join('\n')).digest('base64url')
}
