import type { Request } from 'express'
import { mostAtATime, tooBusy } from '../models/password-hash.ts'

let inside = 0

/**
 * A place in the queue for hashing, until the answer is sent. Before tries are counted, so that a crowd uses up nobody's.
 * @throws {TryLater} 503 when the queue is full
 */
export function takePlace({ res }: Request): void {
  if (inside >= mostAtATime) throw tooBusy()
  inside += 1
  res?.once('close', () => {
    inside -= 1
  })
}
