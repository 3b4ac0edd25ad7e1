import type { Socket } from 'node:net'
import { headerLength, splitMessages } from '../../support/development.ts'
import { type MongoRelay, startMongoRelay } from '../../support/testing.ts'

/** A proxy between a process and MongoDB that strikes before a chosen write. */
export interface WriteGate extends MongoRelay {
  /** Lets this many writes pass. The next one, and everything after it, is lost, and `struck` is called. */
  strikeAfter(writes: number, struck: () => void): void
  /** Lets everything pass again. */
  open(): void
}

const writeCommands = new Set(['insert', 'update', 'delete', 'findAndModify'])

/** Stopped after the file's tests. @param databaseUrl the single server behind it */
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

/** Or an aggregation that stores its results. */
function isWrite(message: Buffer): boolean {
  return writeCommands.has(commandName(message)) || message.includes('$merge')
}

/** The first key of the BSON document in an OP_MSG, after flags, kind, length and type. */
function commandName(message: Buffer): string {
  const start = headerLength + 4 + 1 + 4 + 1
  return message.toString('latin1', start, message.indexOf(0, start))
}
