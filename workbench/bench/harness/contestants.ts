import { secretKey } from './app.ts'
import type { Contestant } from './contestant.ts'
import type { Harness } from './harness.ts'
import type { Behind } from './usage.ts'

/** What tutorials build, without or with the user. */
export function stock(databaseUrl: string, { user }: { user: boolean }, name: string): Contestant {
  const env = { DATABASE_URL: databaseUrl, SECRET_KEY: secretKey, USER: user ? 'yes' : 'no' }
  return { name, file: 'contestants/stock.ts', env }
}

export function plainExpress({ born }: { born: boolean }, name: string): Contestant {
  return { name, file: 'contestants/express.ts', env: { BORN: born ? 'yes' : 'no' } }
}

/** @param commands our app's, from commandsOf */
export function bare(
  databaseUrl: string,
  commands: string[],
  renderer: 'ejs' | 'ours',
  name: string,
): Contestant {
  const env = { DATABASE_URL: databaseUrl, COMMANDS: JSON.stringify(commands), RENDERER: renderer }
  return { name, file: 'contestants/bare.ts', env }
}

export const storeNames = {
  memory: 'MemoryStore',
  redis: 'Redis (connect-redis)',
  'connect-mongo': 'connect-mongo',
  'touch-after': 'connect-mongo, touchAfter',
  ours: 'connect-mongo, ours',
} as const

export type StoreName = keyof typeof storeNames

/** express-session with one store. @param prefix separates this question's database and keys */
export function store(harness: Harness, store: StoreName, prefix: string): Contestant {
  return {
    name: storeNames[store],
    file: 'contestants/stores.ts',
    env: {
      STORE: store,
      SECRET_KEY: secretKey,
      PREFIX: prefix,
      DATABASE_URL: harness.database.url(`${prefix}_${store.replace('-', '_')}`),
      ...(harness.redis && { REDIS_URL: harness.redis.url }),
    },
    nodeOptions: ['--expose-gc'],
  }
}

/** The stores that can be measured here. */
export function available<S extends StoreName>(harness: Harness, stores: readonly S[]): S[] {
  return stores.filter((store) => store !== 'redis' || harness.redis)
}

/** The store's server, if it has one. */
export function behindStore(harness: Harness, store: StoreName): Behind {
  if (store === 'memory') return { pid: undefined }
  return store === 'redis' ? { pid: harness.redis?.pid } : harness.database
}
