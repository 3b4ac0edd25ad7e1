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

/** With the driver's defaults a page waits 30 s for a database that was killed. Milliseconds. DATABASE_URL takes precedence. */
const connection = {
  serverSelectionTimeoutMS: 3_000,
  // For each step of a new connection; enough for a MongoDB on another continent. After a network that swallowed bytes has
  // healed, an attempt that is still stuck in it is what delays the recovery.
  connectTimeoutMS: 700,
  waitQueueTimeoutMS: 2_000,
  heartbeatFrequencyMS: 5_000,
  // Between two looks at a MongoDB that is away while someone waits for it.
  minHeartbeatFrequencyMS: 100,
  // Fail at once while disconnected instead of queueing commands without a limit.
  bufferCommands: false,
  // makeIndexes does that, and is waited for.
  autoIndex: false,
  autoCreate: false,
  // A regular expression that JavaScript does not take is a value like others, and not an error when it is read.
  bsonRegExp: true,
  // In documents and updates; in a filter it is refused, see below.
  ignoreUndefined: true,
} as const satisfies ConnectOptions

/** Connects and makes every model's indexes, so that the first request already has them. @throws when MongoDB is away */
export async function connectDatabase(url: string, options: ConnectOptions = {}): Promise<Database> {
  // A mistyped filter would otherwise be dropped and match every document.
  mongoose.set('strictQuery', 'throw')
  const inUrl = new Set([...new URLSearchParams(url.split('?')[1]).keys()].map((name) => name.toLowerCase()))
  const ours = Object.entries(connection).filter(([name]) => !inUrl.has(name.toLowerCase()))
  await mongoose.connect(url, { ...Object.fromEntries(ours), ...options })
  const client = mongoose.connection.getClient()
  await makeIndexes()
  // A MongoDB that comes back may have lost its data, and with it the index that keeps email addresses unique.
  client.on('serverDescriptionChanged', ({ newDescription }) => {
    if (newDescription.type === 'Unknown') indexes = undefined
  })
  return {
    client,
    ping: async () => void (await within(databaseDeadlineMs, client.db().command({ ping: 1 }))),
    close: () => mongoose.disconnect(),
  }
}

/**
 * From here on, whatever this request asks of any model has a deadline; one query sets its own by maxTimeMS. Work that is
 * not part of a request has none.
 */
export const requestDeadline: RequestHandler = (_req, res, next) => answering.run(res, next)

/** The response that the caller is working on; undefined in jobs, commands and scripts. */
export const currentResponse = (): Response | undefined => answering.getStore()

/** For work that outlives its request. */
export const outsideRequests = <T>(work: () => T): T => answering.exit(work)

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

/** Every model's indexes are there, also after MongoDB was away and may have come back without them. */
export function indexesMade(): Promise<unknown> {
  return indexes ?? makeIndexes()
}

/**
 * Declares that the documents of a model are deleted with the account, and are part of what its owner downloads.
 * @param path where the user's ID is
 * @param shown the fields to download, as mongoose's select has them; left out: all
 */
export function belongsToUser(schema: object, path: string, shown = ''): void {
  owned.set(schema, { path, shown })
}

/** Deletes what belongs to a user, by every model's declaration. */
export async function deleteBelongings(userId: string): Promise<void> {
  for (const model of Object.values(mongoose.models)) {
    const path = owned.get(model.schema)?.path
    if (path) await model.deleteMany({ [path]: userId })
  }
}

/** What belongs to a user, a list per collection. */
export async function readBelongings(userId: string): Promise<Record<string, unknown>> {
  const found: Record<string, unknown> = {}
  for (const model of Object.values(mongoose.models)) {
    const { path, shown } = owned.get(model.schema) ?? {}
    if (path) found[model.collection.name] = await model.find({ [path]: userId }, shown).lean()
  }
  return found
}

const answering = new AsyncLocalStorage<Response>()
const owned = new WeakMap<object, { path: string; shown: string }>()
let indexes: Promise<unknown> | undefined

function makeIndexes(): Promise<unknown> {
  const made = Promise.all(Object.values(mongoose.models).map((model) => model.createIndexes()))
  indexes = made
  made.catch(() => {
    indexes = undefined
  })
  return made
}

type Operation = (this: unknown, ...args: unknown[]) => unknown

// Whatever a model does ends in one of these methods, so this holds for the models of a fork as well.
const operations =
  'find findOne findOneAndDelete findOneAndReplace findOneAndUpdate updateOne updateMany replaceOne deleteOne deleteMany ' +
  'countDocuments distinct estimatedDocumentCount aggregate bulkWrite insertMany insertOne'
for (const name of operations.split(' ')) {
  // mongoose makes them from the driver's at run time, without a type.
  const methods = mongoose.Collection.prototype as unknown as Record<string, Operation>
  const original = methods[name]
  methods[name] = function (...args) {
    refuseUndefined(filterOf(name, args), name)
    if (name !== 'find' && name !== 'aggregate') return guarded(args, () => original?.apply(this, args))
    const cursor = original?.apply(this, args) as Record<string, Operation>
    for (const step of ['next', 'tryNext', 'hasNext']) {
      const take = cursor[step]
      cursor[step] = () => guarded(args, () => take?.apply(cursor))
    }
    return cursor
  }
}

async function guarded(args: unknown[], work: () => unknown): Promise<unknown> {
  const begun = indexesMade().then(work)
  if (!currentResponse()) return await begun
  const { maxTimeMS = databaseDeadlineMs } = (args.at(-1) ?? {}) as { maxTimeMS?: number }
  return await within(maxTimeMS, begun)
}

function filterOf(name: string, args: unknown[]): unknown {
  if (name.startsWith('insert')) return undefined
  if (name === 'distinct') return args[1]
  if (name === 'aggregate') return Object(args[0])[0]?.$match
  if (name === 'bulkWrite')
    return [args[0]].flat().flatMap((one) => Object.values(Object(one)).map((of) => Object(of).filter ?? {}))
  return args[0]
}

/** `{ userId: undefined }` would match every document, and `{ $in: [undefined] }` those without the field. */
function refuseUndefined(filter: unknown, name: string, above: readonly string[] = []): void {
  if (!Array.isArray(filter) && Object.getPrototypeOf(Object(filter)) !== Object.prototype) return
  for (const [key, value] of Object.entries(Object(filter))) {
    const path = [...above, key]
    if (value === undefined) throw new TypeError(`${name}: ${path.join('.')} is undefined in the filter`)
    refuseUndefined(value, name, path)
  }
}
