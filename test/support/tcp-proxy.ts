import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type MongoRelay, startMongoRelay } from './mongo-relay.ts'

/** Stands between the app and MongoDB and behaves like a bad network. Gone after the file's tests. */
export interface TcpProxy extends MongoRelay {
  /** From now on every message to MongoDB is late by so many milliseconds, at random between the two. */
  delay(minMs: number, maxMs: number): void
  /** From now on bytes vanish in both directions, and connections stay open: a black hole. */
  swallow(): void
  /** Resets every connection, and each new one at once: a MongoDB that was killed. */
  cut(): void
  /** New bytes pass again, but not on a connection of which some were swallowed. */
  heal(): void
}

/** @param databaseUrl names the one server to pass everything on to */
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
