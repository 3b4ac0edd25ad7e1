import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { headerLength, splitMessages } from '../../dev/mongodb/wire.ts'
import { cleanUp } from './clean-up.ts'

/** Stands between a process and MongoDB, and strikes before one of its writes gets there. */
export interface WriteGate {
  /** The given connection string, by way of this gate. */
  through(databaseUrl: string): string
  /** Lets so many writes pass. The next one does not: it, and whatever comes later, is lost, and `struck` is called. */
  strikeAfter(writes: number, struck: () => void): void
  /** Everything passes again. */
  open(): void
}

const writeCommands = new Set(['insert', 'update', 'delete', 'findAndModify'])

/** @param databaseUrl names the one server to pass everything on to. Gone after the file's tests */
export async function startWriteGate(databaseUrl: string): Promise<WriteGate> {
  const { hostname, port } = new URL(databaseUrl)
  const sockets = new Set<Socket>()
  let writesLeft = Number.POSITIVE_INFINITY
  let strike = () => {}

  const server = createServer((client) => {
    const upstream = connect(Number(port) || 27017, hostname)
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
    }
    upstream.pipe(client)
    void forward(client, upstream).catch(() => upstream.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUp(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })

  return {
    through(url) {
      const gated = new URL(url)
      // A server that listens on TCP has an address of this kind, not a path.
      gated.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
      gated.searchParams.set('directConnection', 'true')
      return gated.href
    },
    strikeAfter(writes, struck) {
      writesLeft = writes
      strike = struck
    },
    open() {
      writesLeft = Number.POSITIVE_INFINITY
    },
  }

  async function forward(client: Socket, upstream: Socket): Promise<void> {
    for await (const message of splitMessages(client)) {
      if (writesLeft < 0) return
      if (writeCommands.has(commandName(message)) && writesLeft-- === 0) return strike()
      upstream.write(message)
    }
  }
}

/** The key of the first element of the BSON document in an OP_MSG, behind flags, kind, length and type. */
function commandName(message: Buffer): string {
  const start = headerLength + 4 + 1 + 4 + 1
  return message.toString('latin1', start, message.indexOf(0, start))
}
