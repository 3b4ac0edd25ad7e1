import { AsyncLocalStorage } from 'node:async_hooks'
import type { RequestHandler, Response } from 'express'
import mongoose, { type ConnectOptions, type Model } from 'mongoose'
import { connectionError, DeadlineError } from './errors.ts'

export type Database = Awaited<ReturnType<typeof connectDatabase>>

/** The longest a request waits for MongoDB. The driver takes much longer to notice a network that drops packets. */
export const databaseDeadlineMs = 2_500

/** Options in DATABASE_URL take precedence. */
const connection = {
  // The driver's default of 30 s is too long for a page to wait.
  serverSelectionTimeoutMS: 3_000,
  // For each step of a new connection, because an attempt that hangs delays the recovery.
  connectTimeoutMS: 700,
  waitQueueTimeoutMS: 2_000,
  heartbeatFrequencyMS: 5_000,
  // How often a MongoDB that is down is checked while a request waits for it.
  minHeartbeatFrequencyMS: 100,
  // Fail immediately while disconnected instead of queueing without a limit.
  bufferCommands: false,
  autoIndex: false,
  autoCreate: false,
  // A value that JavaScript can't represent must not fail other requests that are read by the same command.
  bsonRegExp: true,
  enableUtf8Validation: false,
  // In documents and updates; refuseUndefined throws for filters.
  ignoreUndefined: true,
} as const satisfies ConnectOptions

/** Connects and creates every model's indexes. @throws {ExpectedError} saying what to do */
export async function connectDatabase(url: string, options: ConnectOptions = {}) {
  // Otherwise mongoose drops a misspelled field from a filter, which then matches every document.
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
  // A MongoDB that comes back may have lost its data, including the index that keeps email addresses unique.
  client.on('serverDescriptionChanged', ({ newDescription }) => {
    if (newDescription.type === 'Unknown') indexes = undefined
  })
  return {
    client,
    ping: () => within(databaseDeadlineMs, client.db().command({ ping: 1 })),
    close: () => mongoose.disconnect(),
  }
}

/** From here on, every query of this request has a deadline. A query can set its own with maxTimeMS. */
export const requestDeadline: RequestHandler = (_req, res, next) => currentResponse.run(res, next)

/** Runs after the response, without a deadline; immediately if there is no request. */
export function afterResponse(work: () => void): void {
  const res = currentResponse.getStore()
  const begin = () => currentResponse.exit(work)
  // Already closed if the browser left before the response.
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

/** Resolves when every model has its indexes, even if MongoDB came back without them. */
export const indexesMade = (): Promise<unknown> => indexes ?? makeIndexes()

/**
 * Deletes a model's documents with the account, and includes them in the owner's download.
 * @param path of the user's ID @param shown fields to download, as for mongoose's select; default: all but `select: false`
 */
export function belongsToUser(schema: object, path: string, shown = ''): void {
  owned.set(schema, { path, shown })
}

/** The models declared with belongsToUser. */
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

// Every operation of every model, including a fork's, calls one of these methods.
const operations =
  'find findOne findOneAndDelete findOneAndReplace findOneAndUpdate updateOne updateMany replaceOne deleteOne deleteMany ' +
  'countDocuments distinct estimatedDocumentCount aggregate bulkWrite insertMany insertOne'
for (const name of operations.split(' ')) {
  // mongoose creates these methods from the driver's at run time, without types.
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

/** `{ userId: undefined }` would match every document, and `{ $in: [undefined] }` every document without the field. */
function refuseUndefined(filter: unknown, name: string): void {
  if (!Array.isArray(filter) && Object.getPrototypeOf(Object(filter)) !== Object.prototype) return
  for (const [key, value] of Object.entries(Object(filter))) {
    if (value === undefined) throw new TypeError(`${name}: ${key} is undefined in the filter`)
    refuseUndefined(value, name)
  }
}
