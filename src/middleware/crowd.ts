import type { Request } from 'express'
import { mostAtATime, tooBusy } from '../models/password-hash.ts'
import { report } from '../security-events.ts'

let inside = 0

/**
 * Does work that hashes a password, while the queue for that has a place: before tries are counted, so that a crowd uses up
 * nobody's. The place is the work's and not the answer's, which may never be sent.
 * @throws {TryLater} 503 when the queue is full
 */
export async function inAPlace<T>(req: Request, work: () => Promise<T>): Promise<T> {
  if (inside >= mostAtATime) {
    report(req, 'queue.full')
    throw tooBusy()
  }
  inside += 1
  try {
    return await work()
  } finally {
    inside -= 1
  }
}
