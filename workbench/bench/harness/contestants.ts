import { secretKey } from './app.ts'
import type { Contestant } from './contestant.ts'
import type { Harness } from './harness.ts'
import type { Behind } from './usage.ts'

/** Tutorials' way, at each of two stages. */
export function stock(databaseUrl: string, { user }: { user: boolean }, name: string): Contestant {
  const env = { DATABASE_URL: databaseUrl, SECRET_KEY: secretKey, USER: user ? 'yes' : 'no' }
  return { name, file: 'contestants/stock.ts', env }
}

export function plainExpress({ born }: { born: boolean }, name: string): Contestant {
  return { name, file: 'contestants/express.ts', env: { BORN: born ? 'yes' : 'no' } }
}

/** @param commands of our app, from commandsOf */
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

/** express-session over one store. @param prefix keeps this question's database and keys apart */
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

/** Those of the stores that can be measured here. */
export function available<S extends StoreName>(harness: Harness, stores: readonly S[]): S[] {
  return stores.filter((store) => store !== 'redis' || harness.redis)
}

/** What works for the store, beside the contestant itself. */
export function behindStore(harness: Harness, store: StoreName): Behind {
  if (store === 'memory') return { pid: undefined }
  return store === 'redis' ? { pid: harness.redis?.pid } : harness.database
}
