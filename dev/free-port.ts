import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** A free port on 127.0.0.1. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A TCP server's address is an object, not a path.
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
