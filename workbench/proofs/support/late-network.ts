import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { cleanUp } from '../../support/testing.ts'

/**
 * A proxy between browsers and the app that delays data in both directions by random milliseconds, up to a maximum, in order.
 * Stopped after the file's tests. @returns its URL
 */
export async function startLateNetwork(address: string, lateByMs: number): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: Number(new URL(address).port), host: '127.0.0.1', allowHalfOpen: true })
    pass(client, upstream)
    pass(upstream, client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUp(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  // A TCP server's address is an object, not a path.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  function pass(from: Socket, to: Socket): void {
    let last: Promise<unknown> = Promise.resolve()
    const later = (act: () => void) => {
      last = Promise.all([last, sleep(Math.random() * lateByMs)]).then(() => !to.destroyed && act())
    }
    sockets.add(from)
    from.on('data', (bytes) => later(() => to.write(bytes)))
    from.on('end', () => later(() => to.end()))
    from.on('error', () => to.destroy())
    from.on('close', () => sockets.delete(from))
  }
}
