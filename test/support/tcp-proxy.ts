import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { cleanUp } from './clean-up.ts'

/** Stands between the app and MongoDB and behaves like a bad network. Gone after the file's tests. */
export interface TcpProxy {
  /** The given connection string, by way of this proxy. */
  through(databaseUrl: string): string
  /** From now on every message to MongoDB is late by so many milliseconds, at random between the two. */
  delay(minMs: number, maxMs: number): void
  /** From now on bytes vanish in both directions, and connections stay open: a black hole. */
  swallow(): void
  /** New bytes pass again, but not on a connection of which some were swallowed. */
  heal(): void
}

/** @param databaseUrl names the one server to pass everything on to */
export async function startTcpProxy(databaseUrl: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let latency = (): number => 0
  let swallowing = false

  const server = createServer((client) => {
    const upstream = connect(Number(port) || 27017, hostname)
    let broken = false
    let lastSent: Promise<unknown> = Promise.resolve()
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
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
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUp(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  return {
    through(url) {
      const proxied = new URL(url)
      // A server that listens on TCP has an address of this kind, not a path.
      proxied.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
      proxied.searchParams.set('directConnection', 'true')
      return proxied.href
    },
    delay(minMs, maxMs) {
      latency = () => minMs + Math.random() * (maxMs - minMs)
    },
    swallow() {
      swallowing = true
    },
    heal() {
      swallowing = false
    },
  }
}
