import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { BSON, MongoClient } from 'mongodb'
import { type LocalMongo, startLocalMongo } from '../../dev/mongodb/start.ts'
import { frame, splitMessages } from '../../dev/mongodb/wire.ts'

describe('a connection to a local MongoDB', () => {
  const folder = mkdtempSync(join(tmpdir(), 'local-mongodb-connection-'))
  let mongo: LocalMongo
  let client: MongoClient

  before(async () => {
    mongo = await startLocalMongo({ folder, port: 0 })
    client = new MongoClient(mongo.uri)
  })
  after(async () => {
    await client.close()
    await mongo.stop()
    rmSync(folder, { recursive: true })
  })

  test('replies to a message that arrives byte by byte', async () => {
    const ping = message({ ping: 1, $db: 'admin' })
    const bytes = Array.from(ping, (_, index) => ping.subarray(index, index + 1))
    assert.equal((await replies(mongo.port, bytes, 1))[0]?.ok, 1)
  })

  test('replies to two messages that arrive together, in order', async () => {
    const both = Buffer.concat([
      message({ count: 'wines', $db: 'none' }),
      message({ nonsense: 1, $db: 'none' }),
    ])
    const [first, second] = await replies(mongo.port, [both], 2)
    assert.deepEqual([first?.n, second?.code], [0, 59])
  })

  for (const length of [-1, 0, 15, 48_000_001]) {
    test(`closes a connection whose message claims to have ${length} bytes`, async () => {
      const start = Buffer.alloc(16)
      start.writeInt32LE(length)
      await assert.rejects(replies(mongo.port, [start], 1), /closed/)
      assert.equal((await client.db().command({ ping: 1 })).ok, 1)
    })
  }

  test('is unaffected by clients that disconnect in the middle of a message', async () => {
    for (const part of [
      message({ hello: 1, $db: 'admin' }),
      message({ hello: 1, $db: 'admin' }).subarray(0, 9),
    ]) {
      const socket = connect(mongo.port, '127.0.0.1')
      await once(socket, 'connect')
      socket.write(part)
      socket.resetAndDestroy()
    }
    assert.equal((await client.db().command({ ping: 1 })).ok, 1)
  })

  test('delivers long replies in full to a client that reads slowly', async (t) => {
    const logs = client.db().collection('logs')
    await logs.insertOne({ text: 'x'.repeat(4_000_000) })
    const find = message({ find: 'logs', $db: 'app' })
    const socket = connect(mongo.port, '127.0.0.1').pause()
    t.after(() => socket.destroy())
    for (let asked = 0; asked < 8; asked++) socket.write(find)
    await client.db().command({ ping: 1 })
    assert.deepEqual(
      (await read(socket, 8)).map((reply) => reply.cursor.firstBatch[0].text.length),
      Array(8).fill(4_000_000),
    )
  })
})

const message = (command: BSON.Document) => frame(BSON.serialize(command))

/** Sends these pieces one by one, and reads this many replies. */
async function replies(port: number, pieces: Buffer[], count: number): Promise<BSON.Document[]> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const received = read(socket, count)
  for (const piece of pieces) await new Promise((resolve) => socket.write(piece, resolve))
  return received
}

async function read(socket: Socket, count: number): Promise<BSON.Document[]> {
  const documents: BSON.Document[] = []
  for await (const reply of splitMessages(socket)) {
    documents.push(BSON.deserialize(reply.subarray(21))) // after the header, the flags and the kind of section
    if (documents.length === count) return documents
  }
  throw new Error('The connection was closed')
}
