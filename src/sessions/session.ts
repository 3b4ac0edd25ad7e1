import { hash } from 'node:crypto'
import type { SessionData } from 'express-session'
import { model, type QueryFilter, Schema } from 'mongoose'
import type { Config } from '../config.ts'
import { belongsToUser } from '../database.ts'

declare module 'express-session' {
  interface SessionData {
    /** Passport's own: the ID of the signed-in user, as a string. */
    passport?: { user?: string }
    /** The user's epoch when the session started. */
    epoch?: number
    /** Time of the sign-in; not set in a guest's session. */
    signedInAt?: Date
    /** When the user last proved who they are. */
    confirmedAt?: Date
    userAgent?: string
    address?: string
    flash?: Record<string, string[]>
  }
}

/** A document of the `sessions` collection, as store.ts writes it. */
export interface StoredSession {
  /** SHA-256 of the session ID in hexadecimal, so that no one can sign in with a copy of the database. */
  _id: string
  expires: Date
  /** At most an hour before the last request. */
  lastModified: Date
  session: SessionData
}

/** MongoDB removes a document within a minute of `expires`. */
export const ttlIndex = { name: 'expires_1', expireAfterSeconds: 0 } as const

/** An ended session must not come back after a crash or a failover. */
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

/** For indexes, lists and deletions. The store uses the driver directly. */
export const Session = model<StoredSession>('Session', schema)

/** Ends sessions in every process, from their next request on. @param which default: all of the user's @returns how many */
export async function endUserSessions(
  userId: string,
  which: QueryFilter<StoredSession> = {},
): Promise<number> {
  return (await Session.deleteMany({ ...which, 'session.passport.user': userId })).deletedCount
}

/** A filter for signed-in sessions that have not expired. @param userId default: of every user */
export function liveSessions(userId?: string) {
  return { 'session.passport.user': userId ?? { $exists: true }, expires: { $gt: new Date() } }
}

/** A session ID has 192 random bits, so it needs neither a salt nor a slow hash. */
export function storageId(id: string): string {
  return hash('sha256', id)
}

/** Whether a document has the shape that store.ts writes. */
export function isSession(found: { [K in keyof StoredSession]?: unknown }): found is StoredSession {
  const { expires, lastModified, session } = found
  const { cookie, signedInAt, passport = {}, flash = {} } = Object(session)
  const { originalMaxAge } = Object(cookie)
  // A signed-in session must have the time of its sign-in, or the absolute limit would never apply.
  const isGuests = signedInAt === undefined && Object(passport).user === undefined
  return (
    [expires, lastModified, isGuests ? expires : signedInAt].every((date) => date instanceof Date) &&
    (originalMaxAge === null || Number.isFinite(originalMaxAge)) &&
    [passport, flash].every((value) => value?.constructor === Object) &&
    Object.values(flash).every(Array.isArray)
  )
}

export function isEmptySession({ cookie: _, ...rest }: SessionData): boolean {
  return Object.keys(rest).length === 0
}

/** The content to compare, without the cookie's expiry, which changes on every request. */
export function contentOf(session: SessionData): string {
  // Rounded, because express-session reads the clock twice and may be a millisecond off.
  return JSON.stringify({ ...session, cookie: Math.round((session.cookie.originalMaxAge ?? 0) / 1000) })
}

/** Adopts what another request stored since `base` was read. Keeps this request's changes, and the messages of both. */
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

/** The stored messages, without those shown here and with those added here. */
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

/** Without "Keep me signed in", the cookie ends with the browser, and the document a day after its last use. */
const browserSessionMs = 24 * hourMs

export type SessionLimits = Pick<Config, 'sessionIdleMs' | 'sessionAbsoluteMs'>

/** When the session expires if it isn't used again. */
export function expiryOf(session: SessionData, lastUse: Date, limits: SessionLimits): Date {
  const { cookie, signedInAt = lastUse } = session
  const idleEnd = +lastUse + Math.min(cookie.originalMaxAge ?? browserSessionMs, limits.sessionIdleMs)
  return new Date(Math.min(idleEnd, +signedInAt + limits.sessionAbsoluteMs))
}

/** How often "last seen" is written, in milliseconds; all other requests of a signed-in user only read. */
export function touchAfterMs({ sessionIdleMs }: SessionLimits): number {
  // A short idle limit needs more frequent writes, or it would end sessions that are in use.
  return Math.min(hourMs, sessionIdleMs / 10)
}
