import { hash } from 'node:crypto'
import type { SessionData } from 'express-session'
import { model, type QueryFilter, Schema } from 'mongoose'
import type { Config } from '../config.ts'
import { belongsToUser } from '../database.ts'

declare module 'express-session' {
  interface SessionData {
    /** Passport's own: the ID of the signed-in user, a string so that the index on it works. */
    passport?: { user?: string }
    /** The user's when the session began. */
    epoch?: number
    /** When, with what and from where the person signed in. Absent from a guest's session. */
    signedInAt?: Date
    /** When the person last proved who they are. */
    confirmedAt?: Date
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
  expires: Date
  /** Last write: at most an hour behind the last request. */
  lastModified: Date
  session: SessionData
}

/** MongoDB itself removes a document within a minute of `expires`. */
export const ttlIndex = { name: 'expires_1', expireAfterSeconds: 0 } as const

/** An ended session must not come back when a server crashes or a replica set fails over. */
export const endConcern = { w: 'majority', j: true } as const

const schema = new Schema<StoredSession>(
  { _id: String, expires: Date, lastModified: Date, session: Schema.Types.Mixed },
  { collection: 'sessions', versionKey: false, writeConcern: endConcern },
)
schema.index({ expires: 1 }, ttlIndex)
schema.index(
  { 'session.passport.user': 1, 'session.signedInAt': -1, expires: 1 },
  { name: 'by_user', partialFilterExpression: { 'session.passport.user': { $exists: true } } },
)
belongsToUser(
  schema,
  'session.passport.user',
  'expires lastModified session.signedInAt session.userAgent session.address -_id',
)

/** For indexes, lists and ends: the store reads and writes by itself. */
export const Session = model<StoredSession>('Session', schema)

/** Ends sessions in every process from their next request on; says how many. @param which left out: all of the user's */
export async function endUserSessions(
  userId: string,
  which: QueryFilter<StoredSession> = {},
): Promise<number> {
  return (await Session.deleteMany({ ...which, 'session.passport.user': userId })).deletedCount
}

/** Filter for the signed-in sessions that have not expired, of one user or of everyone. */
export function liveSessions(userId?: string) {
  return { 'session.passport.user': userId ?? { $exists: true }, expires: { $gt: new Date() } }
}

/** 192 random bits need neither salt nor a slow hash. */
export function storageId(id: string): string {
  return hash('sha256', id)
}

/** Whether a document has the shape that store.ts writes: whatever else lies in the collection is not a session. */
export function isSession(found: { [K in keyof StoredSession]?: unknown }): found is StoredSession {
  const { expires, lastModified, session } = found
  const { cookie, signedInAt, passport = {}, flash = {} } = Object(session)
  const { originalMaxAge } = Object(cookie)
  // Whoever is signed in has a time of it, or the absolute limit would never be reached.
  const isGuests = signedInAt === undefined && Object(passport).user === undefined
  return (
    [expires, lastModified, isGuests ? expires : signedInAt].every((date) => date instanceof Date) &&
    (originalMaxAge === null || Number.isFinite(originalMaxAge)) &&
    [passport, flash].every((value) => value?.constructor === Object) &&
    Object.values(flash).every(Array.isArray)
  )
}

/** Whether it holds nothing, such as a guest's after its message was shown. */
export function isEmptySession({ cookie: _, ...rest }: SessionData): boolean {
  return Object.keys(rest).length === 0
}

/** What a session says, but for the moment at which its cookie ends, which moves with every request. */
export function contentOf(session: SessionData): string {
  // express-session computes it from two looks at the clock, so it may be a millisecond less the second time.
  return JSON.stringify({ ...session, cookie: Math.round((session.cookie.originalMaxAge ?? 0) / 1000) })
}

/** Takes over what another request has stored since `base` was read; what this one changed stays, and the messages of both. */
export function mergeInto(session: SessionData, base: SessionData, stored: SessionData): void {
  const [mine, then, theirs] = [session, base, stored].map((one) => Object(one))
  for (const key of Object.keys({ ...then, ...theirs })) {
    const isUnchanged = JSON.stringify(mine[key]) === JSON.stringify(then[key])
    if (key === 'flash') mine[key] = mergedFlash(mine[key], then[key], theirs[key])
    else if (key !== 'cookie' && isUnchanged) mine[key] = theirs[key]
    if (mine[key] === undefined) delete mine[key]
  }
}

type Flash = NonNullable<SessionData['flash']>

/** What is stored, without the messages that were shown here and with those that were added here. */
function mergedFlash(mine: Flash = {}, then: Flash = {}, theirs: Flash = {}): Flash | undefined {
  const merged: Flash = {}
  for (const kind of Object.keys({ ...theirs, ...mine })) {
    const [here = [], before = [], there = []] = [mine[kind], then[kind], theirs[kind]]
    const unshown = there.filter((text) => here.includes(text) || !before.includes(text))
    const messages = [...unshown, ...here.filter((text) => !before.includes(text))]
    if (messages.length > 0) merged[kind] = messages
  }
  return Object.keys(merged).length > 0 ? merged : undefined
}

const hourMs = 60 * 60 * 1000

/** A session without "Keep me signed in": its cookie ends with the browser, its document a day after its last use. */
const browserSessionMs = 24 * hourMs

export type SessionLimits = Pick<Config, 'sessionIdleMs' | 'sessionAbsoluteMs'>

/** When a session ends that is used no more. */
export function expiryOf(session: SessionData, lastUse: Date, limits: SessionLimits): Date {
  const { cookie, signedInAt = lastUse } = session
  const idleEnd = +lastUse + Math.min(cookie.originalMaxAge ?? browserSessionMs, limits.sessionIdleMs)
  return new Date(Math.min(idleEnd, +signedInAt + limits.sessionAbsoluteMs))
}

/** "Last seen" is written at most this often, in milliseconds; every other request of a signed-in visitor only reads. */
export function touchAfterMs({ sessionIdleMs }: SessionLimits): number {
  // A short idle limit needs a fresher "last seen", or it would end sessions that are in use.
  return Math.min(hourMs, sessionIdleMs / 10)
}
