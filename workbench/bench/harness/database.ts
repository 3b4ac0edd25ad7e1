import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Collection, type Document, MongoClient } from 'mongodb'
import { startLocalMongo, withoutSecrets } from '../../support/development.ts'

export interface DatabaseServer {
  /** For the report. */
  description: string
  /** How often it removes expired documents. */
  ttlSeconds: number
  /** Undefined if we didn't start it, so its CPU time is unknown. */
  pid: number | undefined
  /** All clients' reads and writes since the server started; NaN if DATABASE_URL's user lacks the right to ask. */
  commandsSoFar(): Promise<number>
  collection<T extends Document>(url: string, name: string): Collection<T>
  /** Makes a checkpoint, because sizes are as of the last one. */
  checkpoint(): Promise<void>
  /** The URL of a database for this run only. */
  url(name: string): string
  stop(): Promise<void>
}

/**
 * The server in DATABASE_URL, or a local one for this run.
 * @param ttlSeconds how often a local one removes expired documents
 */
export async function openDatabaseServer(ttlSeconds = 60): Promise<DatabaseServer> {
  const given = process.env.DATABASE_URL
  return given ? named(given) : local(ttlSeconds)
}

async function named(address: string): Promise<DatabaseServer> {
  const client = await MongoClient.connect(address)
  const { version } = await client.db('admin').command({ buildInfo: 1 })
  const prefix = `bench_${randomBytes(3).toString('hex')}_`
  const made = new Set<string>()
  return {
    description: `MongoDB ${version} at ${withoutSecrets(address)}`,
    ttlSeconds: 60,
    pid: undefined,
    commandsSoFar: () => commandsOf(client),
    collection: (url, name) => client.db(databaseOf(url)).collection(name),
    checkpoint: async () => {
      await client.db('admin').command({ fsync: 1 })
    },
    url: (name) => {
      made.add(prefix + name)
      return address.replace(/^(mongodb(?:\+srv)?:\/\/[^/]+)\/[^?]*/, `$1/${prefix}${name}`)
    },
    stop: async () => {
      for (const name of made) await client.db(name).dropDatabase()
      await client.close()
    },
  }
}

async function local(ttlSeconds: number): Promise<DatabaseServer> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-mongodb-'))
  // As with a standalone MongoDB, a write is acknowledged before it's on disk.
  const mongo = await startLocalMongo({ folder: join(folder, 'data'), port: 0, journal: false, ttlSeconds })
  const client = await MongoClient.connect(mongo.uri)
  return {
    description: `${mongo.description}, started for this run`,
    ttlSeconds,
    pid: mongo.pid,
    commandsSoFar: () => commandsOf(client),
    collection: (url, name) => client.db(databaseOf(url)).collection(name),
    checkpoint: async () => {
      await client.db('admin').command({ fsync: 1 })
    },
    url: (name) => mongo.uri.replace(/[^/]*$/, name),
    stop: async () => {
      await client.close()
      await mongo.stop()
      rmSync(folder, { recursive: true })
    },
  }
}

async function commandsOf(client: MongoClient): Promise<number> {
  const status: Document = await client
    .db('admin')
    .command({ serverStatus: 1 })
    .catch(() => ({}))
  const names = ['aggregate', 'find', 'findAndModify', 'insert', 'update', 'delete']
  return names.reduce((sum, name) => sum + Number(status.metrics?.commands[name]?.total), 0)
}

function databaseOf(url: string): string {
  return new URL(url).pathname.slice(1)
}
