import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type MongoRelay, startMongoRelay } from './mongo-relay.ts'

/** A bad network between the app and MongoDB. Removed after the file's tests. */
export interface TcpProxy extends MongoRelay {
  /** From now on delays every message to MongoDB by a random time between the two, in milliseconds. */
  delay(minMs: number, maxMs: number): void
  /** From now on drops all bytes in both directions but keeps connections open: a black hole. */
  swallow(): void
  /** Resets every existing and new connection, as if MongoDB had been killed. */
  cut(): void
  /** Forwards bytes again, except on connections that have lost some. */
  heal(): void
}

/** @param databaseUrl the server to forward everything to */
export async function startTcpProxy(databaseUrl: string): Promise<TcpProxy> {
  let latency = (): number => 0
  let swallowing = false
  let isCut = false
  const clients = new Set<Socket>()

  const relay = await startMongoRelay(databaseUrl, (client, upstream) => {
    if (isCut) return void client.resetAndDestroy()
    clients.add(client)
    client.on('close', () => clients.delete(client))
    let broken = false
    let lastSent: Promise<unknown> = Promise.resolve()
    upstream.on('data', (bytes) => {
      if (swallowing) broken = true
      else if (!broken) client.write(bytes)
    })
    client.on('data', (bytes) => {
      if (swallowing) broken = true
      if (broken) return
      const late = sleep(latency())
      lastSent = Promise.all([lastSent, late]).then(() => !upstream.destroyed && upstream.write(bytes))
    })
  })

  return {
    ...relay,
    delay(minMs, maxMs) {
      latency = () => minMs + Math.random() * (maxMs - minMs)
    },
    swallow() {
      swallowing = true
    },
    cut() {
      isCut = true
      // Not closed in good order, after which the driver's monitor may wait forever for what it writes in that moment.
      for (const client of clients) client.resetAndDestroy()
    },
    heal() {
      swallowing = isCut = false
    },
  }
}
