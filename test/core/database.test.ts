/** What every model gets automatically, shown with a model that src/ doesn't know. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestHandler } from 'express'
import mongoose, { model, Schema, Types } from 'mongoose'
import { databaseDeadlineMs } from '../../src/database.ts'
import { DeadlineError } from '../../src/errors.ts'
import { startTestApp, type TestApp } from '../support/app.ts'
import { ownDatabaseUrl } from '../support/database.ts'
import { until } from '../support/server-process.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'
import { newPerson } from '../support/visitor.ts'

const Note = model(
  'ForkNote',
  new Schema({
    userId: Schema.Types.ObjectId,
    text: String,
    code: { type: String, unique: true, sparse: true },
  }),
)

const url = ownDatabaseUrl()
const network = await startTcpProxy(url)
const databaseUrl = new URL(network.through(url))
// The driver's own limits are much longer, so even on a busy machine only the deadline can end a wait below.
const driverLimitMs = 60_000
for (const limit of ['connectTimeoutMS', 'waitQueueTimeoutMS'])
  databaseUrl.searchParams.set(limit, `${driverLimitMs}`)
databaseUrl.searchParams.set('heartbeatFrequencyMS', '200')
databaseUrl.searchParams.set('maxConnecting', '100')

let work: (() => void) | undefined
const workPage: RequestHandler = (req, res, next) => {
  if (req.path !== '/work') return next()
  work?.()
  res.send('Done')
}

const app: TestApp = await startTestApp({ DATABASE_URL: databaseUrl.href }, { more: [workPage] })

test('timeouts in DATABASE_URL take precedence; all others keep their defaults', () => {
  const { connectTimeoutMS, serverSelectionTimeoutMS } = app.database.client.options
  assert.deepEqual([connectTimeoutMS, serverSelectionTimeoutMS], [driverLimitMs, 3_000])
})

/** The result that a request's handler would get. */
async function inRequest<T>(act: () => T): Promise<T> {
  const result = new Promise<T>((resolve) => {
    work = () => resolve(act())
  })
  await app.visitor().get('/work')
  return await result
}

const text = 'x'

/** Typed as an ID, like unchecked input. */
const nothing: Types.ObjectId = Object({}).nothing
const unknown = { userId: nothing }
const undefinedFilters: Record<string, () => PromiseLike<unknown>> = {
  deleteMany: () => Note.deleteMany(unknown),
  deleteOne: () => Note.deleteOne(unknown),
  updateMany: () => Note.updateMany(unknown, { text }),
  updateOne: () => Note.updateOne(unknown, { text }),
  replaceOne: () => Note.replaceOne(unknown, { text }),
  find: () => Note.find(unknown),
  findOne: () => Note.findOne(unknown),
  findById: () => Note.findOne({ _id: nothing }),
  exists: () => Note.exists(unknown),
  findOneAndDelete: () => Note.findOneAndDelete(unknown),
  findOneAndUpdate: () => Note.findOneAndUpdate(unknown, { text }),
  findOneAndReplace: () => Note.findOneAndReplace(unknown, { text }),
  countDocuments: () => Note.countDocuments(unknown),
  distinct: () => Note.distinct('text', unknown),
  aggregate: () => Note.aggregate([{ $match: unknown }]),
  bulkWrite: () =>
    Note.bulkWrite([{ insertOne: { document: { text } } }, { deleteMany: { filter: unknown } }]),
  'beside another condition': () => Note.deleteMany({ text, ...unknown }),
  'within $or': () => Note.deleteMany({ $or: [{ text }, unknown] }),
  'within $in': () => Note.deleteMany({ userId: { $in: [nothing] } }),
  'as a condition of its own': () => Note.deleteMany({ userId: { $eq: nothing } }),
  'a cursor': () => Note.find(unknown).cursor().next(),
}

test('undefined in a filter is an error in every operation, and matches nothing', async () => {
  await Note.create([{ text }, { text, userId: new Types.ObjectId() }])
  const before = await Note.find().lean()
  for (const [name, operation] of Object.entries(undefinedFilters))
    await assert.rejects(
      async () => await operation(),
      { name: 'TypeError', message: /undefined in the filter/ },
      name,
    )
  assert.deepEqual(await Note.find().lean(), before)
})

test('undefined is omitted from new documents and updates', async () => {
  const { _id } = await Note.create({ text, userId: nothing })
  const [second] = await Note.insertMany([{ text, userId: nothing }])
  for (const id of [_id, second?._id ?? nothing]) {
    await Note.updateOne({ _id: id }, { text: Object({}).nothing })
    const stored = await Note.collection.findOne({ _id: id })
    assert.deepEqual(Object.keys(stored ?? {}), ['_id', 'text', '__v'])
  }
})

async function assertIndexes(): Promise<void> {
  for (const one of Object.values(mongoose.models))
    assert.deepEqual((await one.diffIndexes()).toCreate, [], one.modelName)
}

test('every model has its indexes when the app starts', assertIndexes)

test('a MongoDB that comes back empty gets its indexes first, so an email address still gets only one account', async () => {
  const form = await app.visitor().filledIn('/register', { ...newPerson() })
  await restart(async () => {
    const direct = await mongoose.mongo.MongoClient.connect(url)
    await direct
      .db()
      .dropDatabase()
      .finally(() => direct.close())
  })
  // Different passwords, because repeating a registration signs in.
  const register = async (n: number, tries = 30): Promise<number> => {
    const { status } = await app.visitor().submit('/register', {
      ...form,
      password: `${form.password} ${n}`,
    })
    // On a busy machine a query may reach its deadline.
    return status === 503 && tries > 0 ? await register(n, tries - 1) : status
  }
  const statuses = (await Promise.all(Array.from({ length: 20 }, (_, n) => register(n)))).sort()
  assert.deepEqual(statuses, [303, ...Array.from({ length: 19 }, () => 422)])
  assert.equal(await app.users.countDocuments(), 1)
  await assertIndexes()
})

const everyOperation: Record<string, (note: InstanceType<typeof Note>) => PromiseLike<unknown>> = {
  find: () => Note.find({ text }),
  findOne: () => Note.findOne({ text }),
  findById: (note) => Note.findById(note._id),
  exists: () => Note.exists({ text }),
  findOneAndUpdate: () => Note.findOneAndUpdate({ text }, { text }),
  findOneAndReplace: () => Note.findOneAndReplace({ text }, { text }),
  findOneAndDelete: () => Note.findOneAndDelete({ text }),
  updateOne: () => Note.updateOne({ text }, { text }),
  updateMany: () => Note.updateMany({ text }, { text }),
  replaceOne: () => Note.replaceOne({ text }, { text }),
  deleteOne: () => Note.deleteOne({ text }),
  deleteMany: () => Note.deleteMany({ text }),
  countDocuments: () => Note.countDocuments({ text }),
  estimatedDocumentCount: () => Note.estimatedDocumentCount(),
  distinct: () => Note.distinct('text', { text }),
  aggregate: () => Note.aggregate([{ $match: { text } }]),
  create: () => Note.create({ text }),
  insertMany: () => Note.insertMany([{ text }, { text }]),
  insertOne: () => Note.insertOne({ text }),
  save: (note) => note.set({ text: 'changed' }).save(),
  'deleteOne of a document': (note) => note.deleteOne(),
  populate: (note) => note.populate({ path: 'userId', model: 'User' }),
  bulkWrite: () => Note.bulkWrite([{ deleteMany: { filter: { text } } }]),
  bulkSave: () => Note.bulkSave([new Note({ text })]),
  'a cursor': () => Note.find({ text }).cursor().next(),
  'a cursor in a loop': async () => {
    for await (const _ of Note.find({ text })) return
  },
  'a cursor of an aggregation': () =>
    Note.aggregate([{ $match: { text } }])
      .cursor()
      .next(),
}

test('every query of a request has the default deadline or its own; outside of requests there is none', async (t) => {
  const names = Object.keys(everyOperation)
  const notes = await Note.insertMany(names.map(() => ({ text: 'stored', userId: new Types.ObjectId() })))
  network.swallow()
  t.after(() => restart())
  const unsettled = new Set(['long', 'outside'])
  const settle = (name: string) => () => void unsettled.delete(name)
  Note.findOne({ text }).then(settle('outside'), settle('outside'))
  const [results, short] = await inRequest(() => {
    Note.findOne({ text }).maxTimeMS(60_000).then(settle('long'), settle('long'))
    const all = Object.values(everyOperation).map(async (operation, index) => {
      const note = notes[index]
      return note && (await operation(note))
    })
    return [Promise.allSettled(all), Promise.allSettled([Note.findOne({ text }).maxTimeMS(50).exec()])]
  })
  const [own] = await short
  assert.match(String(own?.status === 'rejected' && own.reason), /within 50 ms/)
  for (const [index, result] of (await results).entries()) {
    assert.ok(result.status === 'rejected' && result.reason instanceof DeadlineError, names[index])
    assert.match(result.reason.message, new RegExp(`within ${databaseDeadlineMs} ms`), names[index])
  }
  assert.deepEqual([...unsettled], ['long', 'outside'])
})

/** Restarts MongoDB, as the app sees it. @param meanwhile runs while it is down */
async function restart(meanwhile = async () => {}): Promise<void> {
  const noticed = new Promise<void>((resolve) => {
    app.database.client.on('serverDescriptionChanged', ({ newDescription }) => {
      if (newDescription.type === 'Unknown') resolve()
    })
  })
  network.cut()
  await noticed
  await meanwhile()
  network.heal()
  await until('MongoDB is back', async () => (await app.visitor().get('/readyz')).status === 200)
}
