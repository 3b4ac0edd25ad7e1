import type { SessionData } from 'express-session'
import { type Model, model, Schema } from 'mongoose'
import { databaseDeadlineMs, within } from '../deadline.ts'

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

interface SessionPage {
  sessions: StoredSession[]
  /** Of all pages. */
  total: number
}

/** Every method finds the sessions of one person by an index, and none of anybody else. */
interface SessionModel extends Model<StoredSession> {
  /** Where the person is signed in, the newest sign-in first. @param page from 1 */
  listFor(userId: string, page: number): Promise<SessionPage>
  /** Ends one session in every process from its next request on. False when the person has no such session. */
  end(userId: string, id: string): Promise<boolean>
  /** Ends all sessions of the person but this one; says how many. */
  endOthers(userId: string, ownId: string): Promise<number>
  /** Removes the sessions that began before the person's latest password; nobody is signed in by them any more. */
  endBefore(userId: string, epoch: number): Promise<void>
  /** For operators: ends all sessions of one person, or of everybody; says how many. */
  endAll(userId?: string): Promise<number>
}

/** Sessions on a page of the list. */
export const sessionsPerPage = 50

/** Removal by MongoDB itself, within a minute of `expires`. */
export const ttlIndex = { name: 'expires_1', expireAfterSeconds: 0 } as const

/** An ended session must not come back when a server crashes or a replica set fails over. */
export const endConcern = { w: 'majority', j: true } as const

// The store writes; this model makes the indexes, lists and ends.
const schema = new Schema<StoredSession, SessionModel>(
  { _id: String, expires: Date, lastModified: Date, session: Schema.Types.Mixed },
  { collection: 'sessions', versionKey: false, writeConcern: endConcern },
)

schema.index({ expires: 1 }, ttlIndex)
// With `expires`, so that what has run out is passed over in the index. A guest's, without a user, stays out of it.
schema.index(
  { 'session.passport.user': 1, 'session.signedInAt': -1, expires: 1 },
  { name: 'by_user', partialFilterExpression: { 'session.passport.user': { $exists: true } } },
)

schema.static('listFor', async (userId: string, page: number) => {
  const live = liveSessions(userId)
  const newestFirst = Session.find(live)
    .sort({ 'session.signedInAt': -1 })
    .skip((page - 1) * sessionsPerPage)
    .limit(sessionsPerPage)
    .lean()
  const [sessions, total] = await within(
    databaseDeadlineMs,
    Promise.all([newestFirst, Session.countDocuments(live)]),
  )
  return { sessions, total }
})

schema.static('end', async (userId: string, _id: string) => {
  const query = Session.deleteOne({ _id, 'session.passport.user': userId })
  return (await within(databaseDeadlineMs, query)).deletedCount === 1
})

schema.static('endOthers', async (userId: string, ownId: string) => {
  const query = Session.deleteMany({ 'session.passport.user': userId, _id: { $ne: ownId } })
  return (await within(databaseDeadlineMs, query)).deletedCount
})

schema.static('endBefore', async (userId: string, epoch: number) => {
  const query = Session.deleteMany({ 'session.passport.user': userId, 'session.epoch': { $ne: epoch } })
  await within(databaseDeadlineMs, query)
})

schema.static('endAll', async (userId?: string) => {
  return (await Session.deleteMany({ 'session.passport.user': userId ?? { $exists: true } })).deletedCount
})

export const Session = model<StoredSession, SessionModel>('Session', schema)

/** Filter for the sessions that are signed in and have not run out, of one person or of everybody. */
export function liveSessions(userId?: string) {
  return { 'session.passport.user': userId ?? { $exists: true }, expires: { $gt: new Date() } }
}
