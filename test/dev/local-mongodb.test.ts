import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { MongoClient } from 'mongodb'
import { type LocalMongo, startLocalMongo } from '../../dev/mongodb/start.ts'
import { until } from '../support/server-process.ts'

describe('a local MongoDB', () => {
  const folder = mkdtempSync(join(tmpdir(), 'local-mongodb-'))
  let mongo: LocalMongo
  let client: MongoClient

  before(async () => {
    mongo = await startLocalMongo({
      folder: join(folder, 'shared'),
      port: 0,
      ttlSeconds: 1,
      database: 'cellar',
    })
    client = new MongoClient(mongo.uri)
  })
  after(async () => {
    await client.close()
    await mongo.stop()
    rmSync(folder, { recursive: true })
  })

  test('describes itself, and has the database name in its connection string', () => {
    assert.match(mongo.description, /^MongoDB \d+\.\d+/)
    assert.equal(mongo.uri, `mongodb://127.0.0.1:${mongo.port}/cellar?journal=true`)
  })

  test('stores documents, and enforces unique indexes', async () => {
    const wines = client.db().collection('wines')
    await wines.createIndex({ name: 1 }, { unique: true })
    await wines.insertOne({ name: 'Barolo', year: 2016 })
    assert.equal((await wines.findOne({ name: 'Barolo' }))?.year, 2016)
    await assert.rejects(wines.insertOne({ name: 'Barolo' }), { code: 11000 })
  })

  test('removes only documents that a TTL index says have expired', async () => {
    const visits = client.db().collection<{ _id: string; expires?: Date | string; kind?: string }>('visits')
    await visits.createIndex(
      { expires: 1 },
      { expireAfterSeconds: 0, partialFilterExpression: { kind: 'short' } },
    )
    const past = new Date(Date.now() - 1000)
    await visits.insertMany([
      { _id: 'expired', expires: past, kind: 'short' },
      { _id: 'in future', expires: new Date(Date.now() + 60_000), kind: 'short' },
      { _id: 'outside the index', expires: past, kind: 'long' },
      { _id: 'not a date', expires: 'past', kind: 'short' },
      { _id: 'without a date', kind: 'short' },
    ])
    await until('it is gone', async () => (await visits.countDocuments({ _id: 'expired' })) === 0)
    assert.deepEqual(await visits.distinct('_id'), [
      'in future',
      'not a date',
      'outside the index',
      'without a date',
    ])
  })

  for (const command of ['startSession', 'endSessions', 'killAllSessionsByPattern']) {
    test(`survives ${command}, which would crash its engine`, async () => {
      await assert.rejects(client.db('admin').command({ [command]: [] }), { code: 59 })
      assert.equal((await client.db().command({ ping: 1 })).ok, 1)
    })
  }
})
