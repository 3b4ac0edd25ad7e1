import { AsyncLocalStorage } from 'node:async_hooks'
import type { RequestHandler, Response } from 'express'
import mongoose, { type ConnectOptions, type Model } from 'mongoose'
import { connectionError, DeadlineError } from './errors.ts'

/** The one MongoDB connection of this process: users and sessions share its client. */
export type Database = Awaited<ReturnType<typeof connectDatabase>>

/** The longest wait for MongoDB while a request is answered: the driver notices a network that swallows bytes much later. */
export const databaseDeadlineMs = 2_500

/** What DATABASE_URL says takes precedence. */
const connection = {
  // With the driver's 30 s a page would wait as long for a database that was killed.
  serverSelectionTimeoutMS: 3_000,
  // For each step of a new connection: an attempt that is stuck delays the recovery.
  connectTimeoutMS: 700,
  waitQueueTimeoutMS: 2_000,
  heartbeatFrequencyMS: 5_000,
  // Between two looks at a MongoDB that is away while someone waits for it.
  minHeartbeatFrequencyMS: 100,
  // Fail at once while disconnected instead of queueing commands without a limit.
  bufferCommands: false,
  // makeIndexes does it.
  autoIndex: false,
  autoCreate: false,
  // What JavaScript cannot take, such as a regular expression of another kind, is no error that the neighbors share.
  bsonRegExp: true,
  enableUtf8Validation: false,
  // In documents and updates; in a filter it is refused, see below.
  ignoreUndefined: true,
} as const satisfies ConnectOptions

/** Connects and makes every model's indexes. @throws {ExpectedError} saying what to do */
export async function connectDatabase(url: string, options: ConnectOptions = {}) {
  // A mistyped filter would otherwise be dropped and match every document.
  mongoose.set('strictQuery', 'throw')
  const inUrl = new Set([...new URLSearchParams(url.split('?')[1]).keys()].map((name) => name.toLowerCase()))
  const ours = Object.entries(connection).filter(([name]) => !inUrl.has(name.toLowerCase()))
  try {
    await mongoose.connect(url, { ...Object.fromEntries(ours), ...options })
    await makeIndexes()
  } catch (error) {
    throw connectionError(error, url)
  }
  const client = mongoose.connection.getClient()
  // A MongoDB that comes back may have lost its data, and with it the index that keeps email addresses unique.
  client.on('serverDescriptionChanged', ({ newDescription }) => {
    if (newDescription.type === 'Unknown') indexes = undefined
  })
  return {
    client,
    /** @throws when MongoDB does not respond in time */
    ping: () => within(databaseDeadlineMs, client.db().command({ ping: 1 })),
    close: () => mongoose.disconnect(),
  }
}

/** From here on, whatever this request asks of any model has a deadline; one query sets its own by maxTimeMS. */
export const requestDeadline: RequestHandler = (_req, res, next) => currentResponse.run(res, next)

/** Does it when the response is out, with no deadline; at once in a job. */
export function afterResponse(work: () => void): void {
  const res = currentResponse.getStore()
  const begin = () => currentResponse.exit(work)
  // Closed already: the browser left before it had its response.
  if (!res || res.closed) begin()
  else res.once('close', begin)
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

/** Of every model, also after MongoDB was away and may have come back without them. */
export const indexesMade = (): Promise<unknown> => indexes ?? makeIndexes()

/**
 * Declares that the documents of a model are deleted with the account, and are part of what its owner downloads.
 * @param path where the user's ID is @param shown the fields to download, as mongoose's select has them; left out: all but secrets (select: false)
 */
export function belongsToUser(schema: object, path: string, shown = ''): void {
  owned.set(schema, { path, shown })
}

/** The models whose documents belong to a user, by their declaration. */
export function belongings(userId: string): { model: Model<unknown>; filter: object; shown: string }[] {
  return Object.values(mongoose.models).flatMap((model) => {
    const { path, shown = '' } = owned.get(model.schema) ?? {}
    return path ? [{ model, filter: { [path]: userId }, shown }] : []
  })
}

const currentResponse = new AsyncLocalStorage<Response>()
const owned = new WeakMap<object, { path: string; shown: string }>()
let indexes: Promise<unknown> | undefined

function makeIndexes(): Promise<unknown> {
  const made = Promise.all(Object.values(mongoose.models).map((model) => model.createIndexes()))
  indexes = made
  made.catch(() => (indexes = undefined))
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
  if (!currentResponse.getStore()) return await begun
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
function refuseUndefined(filter: unknown, name: string): void {
  if (!Array.isArray(filter) && Object.getPrototypeOf(Object(filter)) !== Object.prototype) return
  for (const [key, value] of Object.entries(Object(filter))) {
    if (value === undefined) throw new TypeError(`${name}: ${key} is undefined in the filter`)
    refuseUndefined(value, name)
  }
}
