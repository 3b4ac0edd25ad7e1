import MongoStore from 'connect-mongo'
import { RedisStore } from 'connect-redis'
import type { RequestHandler } from 'express'
import session, { MemoryStore, type Store } from 'express-session'
import { MongoClient } from 'mongodb'
import { createClient } from 'redis'
import { connectDatabase, createLog, readConfig, sessions } from '../../support/app.ts'
import { given } from './listen.ts'

interface OpenStore {
  middleware: RequestHandler | RequestHandler[]
  /** The number of sessions, including expired ones. */
  stored(): Promise<number>
}

/** @param name memory, redis, connect-mongo, touch-after or ours */
export async function openStore(name: string): Promise<OpenStore> {
  if (name === 'memory') return memory()
  if (name === 'redis') return redis()
  return name === 'ours' ? ours() : connectMongo(name === 'touch-after' ? { touchAfter: 60 * 60 } : {})
}

function memory(): OpenStore {
  const store = new MemoryStore()
  // Its only field. all() would also delete expired sessions, which no request does.
  const { sessions } = store as unknown as { sessions: Record<string, string> }
  return { ...inExpress(store), stored: async () => Object.keys(sessions).length }
}

async function redis(): Promise<OpenStore> {
  const client = await createClient({ url: given('REDIS_URL') }).connect()
  const prefix = `${given('PREFIX')}:`
  return { ...inExpress(new RedisStore({ client, prefix })), stored: () => client.dbSize() }
}

async function connectMongo(options: { touchAfter?: number }): Promise<OpenStore> {
  const client = await MongoClient.connect(given('DATABASE_URL'))
  const sessions = client.db().collection('sessions')
  return {
    ...inExpress(MongoStore.create({ client, ...options })),
    stored: () => sessions.estimatedDocumentCount(),
  }
}

async function ours(): Promise<OpenStore> {
  const config = readConfig({
    NODE_ENV: 'production',
    DATABASE_URL: given('DATABASE_URL'),
    SECRET_KEY: given('SECRET_KEY'),
  })
  const database = await connectDatabase(config.databaseUrl)
  const stored = database.client.db().collection('sessions')
  return {
    middleware: sessions(config, database, await createLog(config), 'users'),
    stored: () => stored.estimatedDocumentCount(),
  }
}

/** With the options that its documentation recommends. */
function inExpress(store: Store): Pick<OpenStore, 'middleware'> {
  const cookie = { maxAge: 14 * 24 * 60 * 60 * 1000 }
  const secret = given('SECRET_KEY')
  return { middleware: session({ store, secret, cookie, resave: false, saveUninitialized: false }) }
}
