// Loaded by mocha before express-session's tests: wherever they say MemoryStore they get this store, or connect-mongo's.
import { createRequire } from 'node:module'
import { join } from 'node:path'

const { STORE, PROJECT = '', MONGO_URL = '' } = process.env
const ofProject = createRequire(join(PROJECT, 'package.json'))
const { MongoClient } = ofProject('mongodb')
const client = await MongoClient.connect(MONGO_URL)
const { HardenedStore } = await import(join(PROJECT, 'dist/sessions/store.js'))
const { MongoStore } = ofProject('connect-mongo')
const log = { warn() {} }
let stores = 0

function create() {
  stores += 1
  // A database of its own, as a MemoryStore begins empty.
  const own = { options: client.options, db: () => client.db(`foreign-${process.pid}-${stores}`) }
  if (STORE === 'stock') return MongoStore.create({ client: own, autoRemove: 'disabled' })
  const limits = {
    sessionIdleMs: Number.MAX_SAFE_INTEGER / 4,
    sessionAbsoluteMs: Number.MAX_SAFE_INTEGER / 4,
  }
  return new HardenedStore({ client: own, log, usersCollection: 'users', limits })
}

const ofSuite = createRequire(join(process.cwd(), 'package.json'))
const file = ofSuite.resolve('./session/memory')
ofSuite(file)
ofSuite.cache[file].exports = function InPlaceOfMemoryStore() {
  return create()
}
