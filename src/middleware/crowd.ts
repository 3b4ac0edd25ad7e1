import type { RequestHandler } from 'express'
import { mostAtATime, tooBusy } from '../models/password-hash.ts'

let inside = 0

/**
 * Gate for forms that hash a password: as many at a time as the queue for it takes, the others are asked to come back
 * (503). Before their tries are counted, so that a crowd uses up nobody's.
 */
export const ifThereIsRoom: RequestHandler = (_req, res, next) => {
  if (inside >= mostAtATime) return next(tooBusy())
  inside += 1
  res.once('close', () => {
    inside -= 1
  })
  next()
}
