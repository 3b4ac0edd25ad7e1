import type { SessionData } from 'express-session'
import { model, Schema } from 'mongoose'

/** A document of the `sessions` collection, as sessions/store.ts writes it. */
export interface StoredSession {
  /** SHA-256 of the session id in hexadecimal: a copy of the database signs nobody in. */
  _id: string
  /** MongoDB's TTL index removes the document at this moment. */
  expires: Date
  /** Last write: at most an hour behind the last request. */
  lastModified: Date
  session: SessionData
}

// The store writes; this model makes the indexes, and reads and ends sessions.
const schema = new Schema<StoredSession>(
  { _id: String, expires: Date, lastModified: Date, session: Schema.Types.Mixed },
  { collection: 'sessions', versionKey: false },
)

/** Removal by MongoDB itself, within a minute of `expires`. */
export const ttlIndex = { name: 'expires_1', expireAfterSeconds: 0 } as const

schema.index({ expires: 1 }, ttlIndex)
// Sparse: a guest's session, which has no user, stays out of it.
schema.index({ 'session.passport.user': 1, 'session.signedInAt': -1 }, { sparse: true })

export const Session = model<StoredSession>('Session', schema)
