import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { after, afterEach, test } from 'node:test'
import tls from 'node:tls'
import { fileURLToPath } from 'node:url'
import mongoose from 'mongoose'
import { freePort } from '../../dev/free-port.ts'
import { connectDatabase } from '../../src/database.ts'
import '../../src/web/limits.ts'
import { ownDatabaseUrl } from '../support/database.ts'

const own = new URL(ownDatabaseUrl())
const plain = own.host
/** For db.example, signed by itself. */
const pem = (name: string) => fileURLToPath(new URL(`../support/certificate/${name}.pem`, import.meta.url))
const certificate = pem('certificate')
const encrypted = await listening(
  tls.createServer({ key: readFileSync(pem('key')), cert: readFileSync(certificate) }, (socket) => {
    const upstream = connect(Number(own.port), own.hostname)
    socket.on('error', () => upstream.destroy())
    upstream.on('error', () => socket.destroy())
    socket.pipe(upstream).pipe(socket)
  }),
)
/** Like mongod, closes a connection that doesn't start with a message of MongoDB's protocol. */
const strict = await listening(
  createServer((socket) => socket.on('error', () => {}).once('data', () => socket.destroy())),
)
// Also a connection that was not expected to succeed.
afterEach(() => mongoose.disconnect())

const closed = `127.0.0.1:${await freePort()}`

for (const [what, address, sentence] of [
  ['nothing listens', `${closed}/app`, `Can't reach MongoDB at ${closed}. Start it, or check DATABASE_URL.`],
  [
    'the certificate is signed by itself',
    `${encrypted}/app?tls=true`,
    `The certificate of MongoDB at ${encrypted} isn't from an authority that Node.js trusts. Save that authority's certificate in a file, and add tlsCAFile=/path/to/ca.pem to DATABASE_URL.`,
  ],
  [
    'the certificate is for another host',
    `${encrypted}/app?tls=true&tlsCAFile=${encodeURIComponent(certificate)}`,
    `The certificate of MongoDB at ${encrypted} is for another host name. In DATABASE_URL, use a host name that the certificate covers.`,
  ],
  [
    'TLS is asked of a MongoDB without it',
    `${strict}/app?tls=true`,
    `MongoDB at ${strict} doesn't use TLS. Turn on TLS there, or remove tls=true from DATABASE_URL.`,
  ],
  [
    'a MongoDB with TLS is asked without it',
    `${encrypted}/app`,
    `MongoDB at ${encrypted} closed the connection, probably because it requires TLS. Add tls=true to DATABASE_URL.`,
  ],
  [
    'the replica set has another name',
    `${plain}/app?replicaSet=rs9`,
    `MongoDB at ${plain} isn't in the replica set rs9. Check replicaSet in DATABASE_URL.`,
  ],
  [
    'the host has no address',
    'nowhere.invalid/app',
    "Can't reach MongoDB at nowhere.invalid: the host doesn't exist, or its name can't be resolved here. Check DATABASE_URL.",
  ],
] as const)
  test(`a failed connection is explained: ${what}`, async () => {
    const separator = address.includes('?') ? '&' : '?'
    const url = `mongodb://${address}${separator}serverSelectionTimeoutMS=900`
    await assert.rejects(connectDatabase(url), { message: sentence })
  })

for (const [what, prepare, sentence] of [
  [
    'two documents share a value that must be unique',
    (limits) => limits.insertMany([{ key: 'ada@example.com' }, { key: 'ada@example.com' }]),
    /^Two documents in \w+\.limits have the same value, but the unique index key_1 allows it only once\. Change or remove one of them, then start the app again\.$/,
  ],
  [
    'an index is another than the app makes',
    (limits) => limits.createIndex({ key: 1 }),
    /^An existing index differs from the one this app needs: .*key_1.* Drop the existing index, then start the app again\.$/,
  ],
] as const satisfies [string, (limits: mongoose.mongo.Collection) => Promise<unknown>, RegExp][])
  test(`an index that can't be created is explained without blaming DATABASE_URL: ${what}`, async () => {
    const url = ownDatabaseUrl()
    const client = await mongoose.mongo.MongoClient.connect(url)
    try {
      await prepare(client.db().collection('limits'))
      await assert.rejects(connectDatabase(url), { message: sentence })
    } finally {
      await client.db().dropDatabase()
      await client.close()
    }
  })

async function listening(server: Server): Promise<string> {
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  after(() => server.close())
  const address = server.address()
  return `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}
