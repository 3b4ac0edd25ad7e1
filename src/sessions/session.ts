import { hash } from 'node:crypto'
import type { Session as ExpressSession, SessionData } from 'express-session'
import { model, type QueryFilter, Schema } from 'mongoose'
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

const schema = new Schema<StoredSession>(
  { _id: String, expires: Date, lastModified: Date, session: Schema.Types.Mixed },
  { collection: 'sessions', versionKey: false, writeConcern: endConcern },
)
schema.index({ expires: 1 }, ttlIndex)
// With `expires`, so that the index alone passes over what has expired. A guest's, without a user, stays out of it.
schema.index(
  { 'session.passport.user': 1, 'session.signedInAt': -1, expires: 1 },
  { name: 'by_user', partialFilterExpression: { 'session.passport.user': { $exists: true } } },
)
belongsToUser(
  schema,
  'session.passport.user',
  'expires lastModified session.signedInAt session.userAgent session.address -_id',
)

/** The store reads and writes; this model makes the indexes, lists and ends. */
export const Session = model<StoredSession>('Session', schema)

/** Ends sessions in every process from their next request on; says how many. @param which left out: all of the user's */
export async function endSessionsOf(userId: string, which: QueryFilter<StoredSession> = {}): Promise<number> {
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
  const { cookie, signedInAt, epoch = 0, passport = {}, flash = {} } = fieldsOf(session)
  const { originalMaxAge = 'missing', maxAge } = fieldsOf(cookie)
  const { user } = fieldsOf(passport)
  // Whoever is signed in has a time of it, or the absolute limit would never be reached.
  const isGuests = user === undefined && signedInAt === undefined
  return (
    [expires, lastModified, isGuests ? new Date() : signedInAt].every((date) => date instanceof Date) &&
    (originalMaxAge === null || Number.isFinite(originalMaxAge)) &&
    [passport, flash].every(isFields) &&
    [maxAge, ...Object.values(fieldsOf(flash))].every(
      (value) => value === undefined || Array.isArray(value),
    ) &&
    typeof epoch === 'number' &&
    (user === undefined || typeof user === 'string')
  )
}

/** The session's own data, without express-session's methods. */
export function plain(session: SessionData): SessionData {
  const cookie: SessionData['cookie'] & { toJSON?(): SessionData['cookie'] } = session.cookie
  return { ...session, cookie: cookie?.toJSON?.() ?? cookie }
}

/**
 * Takes into a session what another request has stored since this one read it; what this one changed stays, and messages
 * are told apart one by one. @param base what was read, as JSON
 */
export function mergeInto(session: SessionData, base: string, stored: SessionData): void {
  const [mine, then, theirs] = [session, JSON.parse(base), stored].map((one) => Object(one))
  const flash = mergedFlash(mine.flash, then.flash, theirs.flash)
  for (const key of Object.keys({ ...then, ...theirs })) {
    if (key !== 'cookie' && JSON.stringify(mine[key]) === JSON.stringify(then[key])) mine[key] = theirs[key]
    if (mine[key] === undefined) delete mine[key]
  }
  if (Object.keys(flash).length > 0) session.flash = flash
  else delete session.flash
}

/** Whether it holds nothing, such as a guest's after its message was shown. */
export function isEmptySession({ cookie: _, ...rest }: SessionData): boolean {
  return Object.keys(rest).length === 0
}

/** What a session says, but for the moment at which its cookie ends, which moves with every request. */
export function contentOf(session: SessionData | ExpressSession): string {
  // express-session computes it from two looks at the clock, so it may be a millisecond less the second time.
  return JSON.stringify({ ...session, cookie: Math.round((session.cookie?.originalMaxAge ?? 0) / 1000) })
}

type Flash = NonNullable<SessionData['flash']>

/** Without those that were shown here, and with those that were added here. */
function mergedFlash(mine: Flash = {}, then: Flash = {}, theirs: Flash = {}): Flash {
  const merged = Object.keys({ ...theirs, ...mine }).map((kind): [string, string[]] => {
    const [here, before, there] = [mine, then, theirs].map((flash) => flash[kind] ?? [])
    return [kind, [...without(there, without(before, here)), ...without(here, before)]]
  })
  return Object.fromEntries(merged.filter(([, messages]) => messages.length > 0))
}

function without(messages: readonly string[] = [], gone: readonly string[] = []): string[] {
  const left = [...messages]
  for (const one of gone) if (left.includes(one)) left.splice(left.indexOf(one), 1)
  return left
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return isFields(value) ? { ...value } : {}
}

function isFields(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
