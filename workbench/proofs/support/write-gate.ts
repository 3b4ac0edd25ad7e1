import type { Socket } from 'node:net'
import { headerLength, splitMessages } from '../../support/development.ts'
import { type MongoRelay, startMongoRelay } from '../../support/testing.ts'

/** Stands between a process and MongoDB, and strikes before one of its writes gets there. */
export interface WriteGate extends MongoRelay {
  /** Lets so many writes pass. The next one does not: it, and whatever comes later, is lost, and `struck` is called. */
  strikeAfter(writes: number, struck: () => void): void
  /** Everything passes again. */
  open(): void
}

const writeCommands = new Set(['insert', 'update', 'delete', 'findAndModify'])

/** @param databaseUrl names the one server to pass everything on to. Gone after the file's tests */
export async function startWriteGate(databaseUrl: string): Promise<WriteGate> {
  let writesLeft = Number.POSITIVE_INFINITY
  let strike = () => {}

  const relay = await startMongoRelay(databaseUrl, (client, upstream) => {
    upstream.pipe(client)
    void forward(client, upstream).catch(() => upstream.destroy())
  })

  return {
    ...relay,
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
      if (isWrite(message) && writesLeft-- === 0) return strike()
      upstream.write(message)
    }
  }
}

/** Or an aggregation that stores what it finds. */
function isWrite(message: Buffer): boolean {
  return writeCommands.has(commandName(message)) || message.includes('$merge')
}

/** The key of the first element of the BSON document in an OP_MSG, behind flags, kind, length and type. */
function commandName(message: Buffer): string {
  const start = headerLength + 4 + 1 + 4 + 1
  return message.toString('latin1', start, message.indexOf(0, start))
}
