import { createHash } from 'node:crypto'
import { RateLimiterMemory, RateLimiterMongo, RateLimiterRes } from 'rate-limiter-flexible'
import type { Database } from './database.ts'
import { databaseDeadlineMs, within } from './deadline.ts'
import { TryLater } from './http-error.ts'
import { type Limit, type LimitName, limits } from './limits.ts'
import { duration } from './time-left.ts'

/** Counts tries in the collection `limits`, so for all processes together and over restarts. */
export interface RateLimiter {
  /**
   * Counts a try before it is made: of many at once no more than the limit get through.
   * @param of whom it is counted for, such as an address
   * @throws {TryLater} 429 when it is one too many
   */
  take(name: LimitName, ...of: string[]): Promise<void>
  /**
   * The same in this process alone, for when MongoDB is away and the try itself comes to nothing (503): whoever goes on trying is
   * told to wait all the same. By two characters of a hash: no more than 4,096 counters a limit, however many come.
   * @throws {TryLater} 429 when it is one too many
   */
  takeInMemory(name: LimitName, ...of: string[]): Promise<void>
  /** A try that turned out to be none. Never fails: at worst it stays counted. */
  giveBack(name: LimitName, ...of: string[]): Promise<void>
}

export function createRateLimiter({ client }: Database): RateLimiter {
  const writeConcern = { w: 1, ...client.options.writeConcern }
  // A Db with this write concern instead of the client, from which the limiter would take one without.
  const storeClient = client.db(undefined, { writeConcern })
  const counters = new Map(
    Object.entries(limits).map(([name, { tries, seconds }]: [string, Limit]) => {
      const options = { keyPrefix: name, points: tries, duration: seconds }
      const shared = new RateLimiterMongo({
        ...options,
        storeClient,
        tableName: 'limits',
        // Made at the start, by database.ts.
        disableIndexesCreation: true,
        // Whoever goes on and on after a 429 costs MongoDB nothing.
        inMemoryBlockOnConsumed: tries + 1,
      })
      return [name, { shared, alone: new RateLimiterMemory(options) }]
    }),
  )
  return { take, takeInMemory, giveBack }

  async function take(name: LimitName, ...of: string[]): Promise<void> {
    await within(databaseDeadlineMs, counterOf(name).shared.consume(hashed(of))).catch(refuse)
  }

  async function takeInMemory(name: LimitName, ...of: string[]): Promise<void> {
    await counterOf(name).alone.consume(hashed(of).slice(0, 2)).catch(refuse)
  }

  async function giveBack(name: LimitName, ...of: string[]): Promise<void> {
    const { shared } = counterOf(name)
    await within(databaseDeadlineMs, shared.reward(hashed(of))).catch(() => {})
    // This process may remember that the limit was reached, when it is not any more.
    shared.deleteInMemoryBlockedAll()
  }

  function counterOf(name: LimitName) {
    const counter = counters.get(name)
    if (!counter) throw new Error(`There is no limit ${name}`)
    return counter
  }
}

function refuse(error: unknown): never {
  throw error instanceof RateLimiterRes ? tooMany(error) : error
}

function tooMany({ msBeforeNext }: RateLimiterRes): TryLater {
  const seconds = Math.max(1, Math.ceil(msBeforeNext / 1000))
  // Rounded up to whole minutes, so that nobody comes back too early.
  const wait = duration(Math.ceil(seconds / 60) * 60_000)
  return new TryLater(429, `Those were too many tries. Wait ${wait}, then try again.`, seconds)
}

/** One length, whatever is typed; and the collection shows nobody's address. */
function hashed(of: readonly string[]): string {
  return createHash('sha256').update(of.join('\n')).digest('base64url')
}
