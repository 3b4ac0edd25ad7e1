import { AsyncLocalStorage } from 'node:async_hooks'
import type { RequestHandler, Response } from 'express'
import mongoose, { type ConnectOptions } from 'mongoose'
import { DeadlineError } from './errors.ts'

/** The one MongoDB connection of this process: users and sessions share its client. */
export interface Database {
  readonly client: mongoose.mongo.MongoClient
  /** @throws when MongoDB does not respond within 2.5 s */
  ping(): Promise<void>
  close(): Promise<void>
}

/**
 * The longest wait for MongoDB while a request is being answered. Milliseconds. The driver's own limits add up to more, and
 * only the clock notices a network that swallows bytes. Below 3 s, so that a page says "try again" within 3 s.
 */
export const databaseDeadlineMs = 2_500

/** Connects and makes every model's indexes, so that the first request already has them. @throws when MongoDB is away */
export async function connectDatabase(url: string, options: ConnectOptions = {}): Promise<Database> {
  // A mistyped filter would otherwise be dropped and match every document.
  mongoose.set('strictQuery', 'throw')
  await mongoose.connect(url, { ...connection, ...options })
  const client = mongoose.connection.getClient()
  await makeIndexes()
  // A MongoDB that comes back may have lost its data, and with it the index that keeps email addresses unique.
  client.on('serverDescriptionChanged', ({ newDescription }) => {
    if (newDescription.type === 'Unknown') indexes = undefined
  })
  return {
    client,
    async ping() {
      await within(databaseDeadlineMs, client.db().command({ ping: 1 }))
    },
    close: () => mongoose.disconnect(),
  }
}

/**
 * From here on, whatever this request asks of any model has a deadline. Work that is not part of a request has none, and
 * one query sets its own by maxTimeMS.
 */
export const requestDeadline: RequestHandler = (_req, res, next) => answering.run(res, next)

/** The response that the caller is working on; undefined in jobs, commands and scripts. */
export function currentResponse(): Response | undefined {
  return answering.getStore()
}

/** For work that outlives its request. */
export function outsideRequests<T>(work: () => T): T {
  return answering.exit(work)
}

/** @throws {DeadlineError} when the work has not settled after `ms` milliseconds */
export async function within<T>(ms: number, work: PromiseLike<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(`No response within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}

/** Declares that the documents of a model go with the account. @param path where the user's ID is */
export function belongsToUser(schema: object, path: string): void {
  owners.set(schema, path)
}

/** Deletes what belongs to a user, by every model's declaration. */
export async function deleteBelongings(userId: string): Promise<void> {
  for (const model of Object.values(mongoose.models)) {
    const path = owners.get(model.schema)
    if (path) await model.deleteMany({ [path]: userId })
  }
}

const answering = new AsyncLocalStorage<Response>()
const owners = new WeakMap<object, string>()
let indexes: Promise<unknown> | undefined

/**
 * With the driver's defaults a page waits 30 s for a database that was killed. What DATABASE_URL says takes precedence for
 * connecting. Milliseconds throughout.
 */
const connection = {
  serverSelectionTimeoutMS: 3_000,
  // For each step of a new connection; enough for a MongoDB on another continent (350 ms per round trip). After a network
  // that swallowed bytes has healed, an attempt that is still stuck in it is what delays the recovery.
  connectTimeoutMS: 700,
  waitQueueTimeoutMS: 2_000,
  heartbeatFrequencyMS: 5_000,
  // Between two looks at a MongoDB that is away while someone waits for it.
  minHeartbeatFrequencyMS: 100,
  // Fail at once while disconnected instead of queueing commands without a limit.
  bufferCommands: false,
  // connectDatabase makes the indexes and waits for them; mongoose would make them in the background.
  autoIndex: false,
  autoCreate: false,
  // In documents and updates; in a filter it is refused, see below.
  ignoreUndefined: true,
} as const satisfies ConnectOptions

function makeIndexes(): Promise<unknown> {
  indexes ??= Promise.all(Object.values(mongoose.models).map((model) => model.createIndexes()))
  indexes.catch(() => {
    indexes = undefined
  })
  return indexes
}

type Operation = (this: unknown, ...args: unknown[]) => unknown

const filtered = [
  'find',
  'findOne',
  'findOneAndDelete',
  'findOneAndReplace',
  'findOneAndUpdate',
  'updateOne',
].concat(['updateMany', 'replaceOne', 'deleteOne', 'deleteMany', 'countDocuments'])
const others = ['aggregate', 'bulkWrite', 'distinct', 'estimatedDocumentCount', 'insertMany', 'insertOne']

// Whatever a model does ends in one of these methods, so this holds for the models of a fork as well.
for (const name of [...filtered, ...others]) {
  // mongoose makes them from the driver's at run time, without a type.
  const operations = mongoose.Collection.prototype as unknown as Record<string, Operation>
  const original = operations[name]
  if (!original) throw new Error(`mongoose's collections no longer have ${name}`)
  operations[name] = function (...args) {
    for (const filter of filtersOf(name, args)) refuseUndefined(filter, name)
    if (name !== 'find' && name !== 'aggregate') return guarded(args, async () => original.apply(this, args))
    const cursor = original.apply(this, args) as Record<string, Operation>
    for (const step of ['next', 'tryNext', 'hasNext']) {
      const take = cursor[step]
      cursor[step] = () => guarded(args, async () => take?.apply(cursor))
    }
    return cursor
  }
}

async function guarded(args: unknown[], work: () => Promise<unknown>): Promise<unknown> {
  const begun = indexes ? work() : makeIndexes().then(work)
  if (!currentResponse()) return await begun
  const { maxTimeMS = databaseDeadlineMs } = (args.at(-1) ?? {}) as { maxTimeMS?: number }
  return await within(maxTimeMS, begun)
}

function filtersOf(name: string, args: unknown[]): unknown[] {
  if (filtered.includes(name)) return [args[0]]
  if (name === 'distinct') return [args[1]]
  const parts = Array.isArray(args[0]) ? args[0] : []
  if (name === 'aggregate') return parts.map(({ $match }) => $match)
  return name === 'bulkWrite'
    ? parts.flatMap((part) => Object.values(part)).map((one) => Object(one).filter)
    : []
}

/** `{ userId: undefined }` would match every document, or none of those that were meant. */
function refuseUndefined(filter: unknown, name: string): void {
  if (!isPlain(filter)) return
  for (const [path, value] of Object.entries(filter)) {
    if (value === undefined) throw new TypeError(`${name}: the filter's ${path} is undefined`)
    refuseUndefined(value, name)
  }
}

function isPlain(value: unknown): value is object {
  return Array.isArray(value) || Object.getPrototypeOf(Object(value)) === Object.prototype
}
