import { hash } from 'node:crypto'
import type { Session as ExpressSession, SessionData } from 'express-session'
import { type Model, model, Schema } from 'mongoose'
import { belongsToUser } from '../database.ts'

declare module 'express-session' {
  interface SessionData {
    /** Passport's own: the ID of the signed-in user, a string so that the index on it works. */
    passport?: { user?: string }
    /** The user's when the session began. */
    epoch?: number
    /** When, with what and from where the person signed in. Absent from a guest's session. */
    signedInAt?: Date
    userAgent?: string
    address?: string
    /** connect-flash's own: messages for the next page. */
    flash?: Record<string, string[]>
  }
}

/** A document of the `sessions` collection, as store.ts writes it. */
export interface StoredSession {
  /** SHA-256 of the session ID in hexadecimal: a copy of the database signs no one in. */
  _id: string
  /** MongoDB's TTL index removes the document at this time. */
  expires: Date
  /** Last write: at most an hour behind the last request. */
  lastModified: Date
  session: SessionData
}

/** Removal by MongoDB itself, within a minute of `expires`. */
export const ttlIndex = { name: 'expires_1', expireAfterSeconds: 0 } as const

/** An ended session must not come back when a server crashes or a replica set fails over. */
export const endConcern = { w: 'majority', j: true } as const

/** The store reads and writes; this model makes the indexes, lists and ends. */
interface SessionModel extends Model<StoredSession> {
  /** Ends one session in every process from its next request on. False when the user has no such session. */
  end(userId: string, id: string): Promise<boolean>
  /** Ends all sessions of the user but this one; says how many. */
  endOthers(userId: string, ownId: string): Promise<number>
  /** Removes sessions that began before the user's latest password; they sign no one in anymore. */
  endBefore(userId: string, epoch: number): Promise<void>
  /** For operators: ends all sessions of one user, or of everyone; says how many. */
  endAll(userId?: string): Promise<number>
}

const schema = new Schema<StoredSession, SessionModel>(
  { _id: String, expires: Date, lastModified: Date, session: Schema.Types.Mixed },
  { collection: 'sessions', versionKey: false, writeConcern: endConcern },
)
schema.index({ expires: 1 }, ttlIndex)
// With `expires`, so that the index alone passes over what has expired. A guest's, without a user, stays out of it.
schema.index(
  { 'session.passport.user': 1, 'session.signedInAt': -1, expires: 1 },
  { name: 'by_user', partialFilterExpression: { 'session.passport.user': { $exists: true } } },
)
belongsToUser(schema, 'session.passport.user')

schema.static('end', async (userId: string, _id: string) => {
  return (await Session.deleteOne({ _id, 'session.passport.user': userId })).deletedCount === 1
})

schema.static('endOthers', async (userId: string, ownId: string) => {
  return (await Session.deleteMany({ 'session.passport.user': userId, _id: { $ne: ownId } })).deletedCount
})

schema.static('endBefore', async (userId: string, epoch: number) => {
  await Session.deleteMany({ 'session.passport.user': userId, 'session.epoch': { $ne: epoch } })
})

schema.static('endAll', async (userId?: string) => {
  return (await Session.deleteMany({ 'session.passport.user': userId ?? { $exists: true } })).deletedCount
})

export const Session = model<StoredSession, SessionModel>('Session', schema)

/** Filter for the signed-in sessions that have not expired, of one user or of everyone. */
export function liveSessions(userId?: string) {
  return { 'session.passport.user': userId ?? { $exists: true }, expires: { $gt: new Date() } }
}

/** 192 random bits need neither salt nor a slow hash. */
export function storageId(id: string): string {
  return hash('sha256', id)
}

/** Whether a document has the shape that store.ts writes: whatever else lies in the collection is no session. */
export function isSession(found: { [K in keyof StoredSession]: unknown }): found is StoredSession {
  const { expires, lastModified, session } = found
  if (!(expires instanceof Date && lastModified instanceof Date && isObject(session))) return false
  const { cookie, signedInAt, epoch, passport, flash } = session
  return (
    isObject(cookie) &&
    (cookie.originalMaxAge === null || Number.isFinite(cookie.originalMaxAge)) &&
    cookie.maxAge === undefined &&
    (signedInAt === undefined || signedInAt instanceof Date) &&
    (epoch === undefined || typeof epoch === 'number') &&
    (passport === undefined || (isObject(passport) && typeof (passport.user ?? '') === 'string')) &&
    (flash === undefined || (isObject(flash) && Object.values(flash).every(Array.isArray)))
  )
}

/** The session's own data, without express-session's methods. */
export function plain(session: SessionData): SessionData {
  const cookie: object = session.cookie
  return { ...session, cookie: isJson(cookie) ? cookie.toJSON() : session.cookie }
}

/** What a session says, but for the moment at which its cookie ends, which moves with every request. */
export function contentOf(session: SessionData | ExpressSession): string {
  return JSON.stringify({ ...session, cookie: session.cookie?.originalMaxAge })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isJson(cookie: object): cookie is { toJSON(): SessionData['cookie'] } {
  return 'toJSON' in cookie && typeof cookie.toJSON === 'function'
}
