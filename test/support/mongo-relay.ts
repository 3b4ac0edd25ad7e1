import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { cleanUp } from './clean-up.ts'

/** A relay between the app and MongoDB; `join` handles the bytes. Removed after the file's tests. */
export interface MongoRelay {
  /** The given connection string, through this relay. */
  through(databaseUrl: string): string
}

/**
 * @param databaseUrl the server to forward everything to
 * @param join connects each client with its own connection to that server; when one ends, so does the other
 */
export async function startMongoRelay(
  databaseUrl: string,
  join: (client: Socket, upstream: Socket) => void,
): Promise<MongoRelay> {
  const { hostname, port } = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(port) || 27017, hostname)
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
    join(client, upstream)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUp(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return {
    through(url) {
      const relayed = new URL(url)
      // A TCP server's address is an object, not a path.
      relayed.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
      relayed.searchParams.set('directConnection', 'true')
      return relayed.href
    },
  }
}
