import { channel } from 'node:diagnostics_channel'
import MongoStore from 'connect-mongo'
import type { Request } from 'express'
import type { CookieOptions, Session as ExpressSession, SessionData } from 'express-session'
import { mongo } from 'mongoose'
import { databaseDeadlineMs, within } from '../database.ts'
import type { Log } from '../log.ts'
import {
  contentOf,
  endConcern,
  isEmptySession,
  isSession,
  mergeInto,
  plain,
  type StoredSession,
  storageId,
} from './session.ts'

export interface HardenedStoreOptions {
  client: mongo.MongoClient
  log: Log
  /** What every cookie has, whatever its document says. */
  cookie?: CookieOptions
  /** When a session ends that is used no more. */
  expiry(session: SessionData, lastUse: Date): Date
  /** "Last seen" is written at most this often, in milliseconds. */
  touchAfterMs: number
  /**
   * Where `session.passport.user` leads: a session begins only if its user is there, in the epoch in which it begins. So a
   * sign-in leaves none behind when the account was deleted, or got another password, since the user was read.
   */
  usersCollection?: string
  /** Left out: finds the document alone, by its `_id`. */
  reader?(sessions: mongo.Collection<StoredSession>): (id: string) => Promise<Found | null | undefined>
}

interface Found {
  readonly _id?: unknown
  /** Whose it is, if the reader looked. */
  readonly user?: unknown
}

/** What MongoDB is known to hold. */
interface Known {
  document: StoredSession
  /** Taken at once: a request changes the arrays within its session in place. */
  content: string
  user?: unknown
}

/** A call of the store came back. On the channel 'session-store', for metrics. */
export interface StoreCall {
  call: 'get' | 'set' | 'touch' | 'destroy'
  ms: number
  ok: boolean
}

type Callback<T = void> = (error: unknown, value?: T) => void

const calls = channel('session-store')
/** By the object that express-session works with; a session that is missing was never stored. */
const known = new WeakMap<object, Known>()

/** The document as MongoDB held it when it was last read or written for this request. */
export const documentOf = (session: ExpressSession) => known.get(session)?.document

/** The user's document, where it was read together with the session. */
export const userReadWith = (session: ExpressSession) => known.get(session)?.user

/**
 * connect-mongo, hardened. It differs from the original in that
 * - a session that was ended never comes back, whatever requests are still in flight;
 * - what was saved explicitly is not written a second time at the end of the response;
 * - of two requests that change a session at once, both changes stay;
 * - it enforces an absolute lifetime beside the idle one;
 * - a document that is not a session counts as none;
 * - every call answers within 2.5 s, with an error if need be.
 * docs/sessions.md has the reason and the proof of each.
 */
export class HardenedStore extends MongoStore {
  readonly #options: HardenedStoreOptions
  readonly #sessions: mongo.Collection<StoredSession>
  readonly #users: mongo.Collection | undefined
  readonly #find: (id: string) => Promise<Found | null | undefined>

  /** Put here by express-session: gives the request a new, empty session. */
  declare generate: (req: Request) => void

  constructor(options: HardenedStoreOptions) {
    // The indexes are made at startup, by database.ts: with autoRemove 'native' a MongoDB that is down at that moment
    // would leave the store broken for good.
    super({ client: options.client, stringify: false, autoRemove: 'disabled', transformId: storageId })
    this.#options = options
    // Unless DATABASE_URL says more, no second member of a replica set is waited for: what a failover loses costs its
    // owner one more sign-in.
    const writeConcern = { w: 1, ...options.client.options.writeConcern }
    const db = options.client.db(undefined, { writeConcern })
    const sessions = db.collection<StoredSession>('sessions')
    this.#sessions = sessions
    this.#users = options.usersCollection === undefined ? undefined : db.collection(options.usersCollection)
    this.#find = options.reader?.(sessions) ?? ((_id) => sessions.findOne({ _id }))
  }

  override get(id: string, callback: Callback<SessionData | null>): void {
    answer('get', this.#read(id), callback)
  }

  override set(id: string, session: SessionData, callback: Callback = ignore): void {
    answer('set', this.#write(id, session), callback)
  }

  override touch(id: string, session: SessionData, callback: Callback = ignore): void {
    // At once, not in a promise: express-session then sends the page in one piece instead of holding its last byte back.
    if (this.isTouchDue(session)) answer('touch', this.#touch(id, session), callback)
    else callback(null)
  }

  override destroy(id: string, callback: Callback = ignore): void {
    answer('destroy', this.#remove(id), callback)
  }

  override createSession(req: Request, data: SessionData): ExpressSession & SessionData {
    const { originalMaxAge } = data.cookie
    const session = super.createSession(req, { ...data, cookie: { ...this.#options.cookie, originalMaxAge } })
    const read = known.get(data)
    if (read) known.set(session, read)
    return session
  }

  override regenerate(req: Request, callback: Callback): void {
    if (known.has(req.session)) super.regenerate(req, callback)
    // Nothing to delete for a session that was never stored: a sign-in from a fresh browser is a single write.
    else callback(void this.generate(req))
  }

  /** Whether this request moves the session's end on, in MongoDB and in the browser. */
  isTouchDue(session: SessionData): boolean {
    const lastModified = known.get(session)?.document.lastModified ?? new Date()
    return Date.now() - lastModified.getTime() >= this.#options.touchAfterMs
  }

  async #read(id: string): Promise<SessionData | null> {
    const { user, ...document } = (await this.#find(storageId(id))) ?? {}
    this.emit('get', id)
    if (document._id === undefined) return null
    if (!isSession(document)) {
      this.#options.log.warn(
        { document: document._id },
        'A document in sessions is not a session; ignoring it',
      )
      return null
    }
    const { session, expires, lastModified } = document
    const now = new Date()
    // The second half matters after the limits were lowered in the configuration.
    if (expires <= now || this.#options.expiry(session, lastModified) <= now) return null
    known.set(session, { document, content: contentOf(session), user })
    return session
  }

  async #write(id: string, session: SessionData): Promise<void> {
    const content = contentOf(session)
    const before = known.get(session)
    // express-session saves once more at the end of a response whose session was saved already.
    if (before?.content === content) return
    // It saves the new session of someone whose own has ended, although nothing was put into it. One that was emptied stays
    // until it expires, because another request may be about to put something into it.
    if (!before && isEmptySession(session)) return
    // Always later than what it replaces, by which another request sees that it was replaced.
    const now = new Date(Math.max(Date.now(), +(before?.document.lastModified ?? 0) + 1))
    const expires = this.#options.expiry(session, now)
    const [_id, fields] = [storageId(id), { expires, lastModified: now, session: plain(session) }]
    const unchanged = { _id, ...(before && { lastModified: before.document.lastModified }) }
    // A session that was loaded is never inserted, so whoever signed out or was signed out meanwhile stays signed out.
    // https://github.com/expressjs/session/issues/632
    const userId = before ? undefined : session.passport?.user
    const { upsertedCount, matchedCount } =
      userId && this.#users
        ? await this.#begin(userId, { _id, ...fields }, this.#users)
        : await this.#sessions.updateOne(unchanged, { $set: fields }, { upsert: !before })
    known.set(session, { document: { _id, ...fields }, content })
    if (upsertedCount + matchedCount > 0)
      return void [upsertedCount ? 'create' : 'update', 'set'].map((event) => this.emit(event, id))
    // Another request of this browser has written it since it was read, or ended it.
    const document = before && (await this.#sessions.findOne({ _id }))
    if (!document || !isSession(document)) return
    mergeInto(session, before.content, document.session)
    known.set(session, { document, content: contentOf(document.session) })
    await this.#write(id, session)
  }

  /** Copies it by way of the user's document: where there is none, nothing is stored. */
  async #begin(userId: string, document: StoredSession, users: mongo.Collection) {
    const user = { _id: new mongo.ObjectId(userId), epoch: document.session.epoch }
    const copy = [
      { $match: user },
      { $replaceWith: { $literal: document } },
      { $merge: this.#sessions.collectionName },
    ]
    await users.aggregate(copy).toArray()
    return { upsertedCount: 1, matchedCount: 0 }
  }

  async #touch(id: string, session: SessionData): Promise<void> {
    const now = new Date()
    const expires = this.#options.expiry(session, now)
    if (expires <= now) return this.#remove(id)
    // When nothing matches, the session was ended meanwhile: not an error, there is nothing left to prolong.
    const fields = { expires, lastModified: now }
    const { matchedCount } = await this.#sessions.updateOne({ _id: storageId(id) }, { $set: fields })
    if (matchedCount > 0) this.emit('touch', id, session)
  }

  async #remove(id: string): Promise<void> {
    await this.#sessions.deleteOne({ _id: storageId(id) }, { writeConcern: endConcern })
    this.emit('destroy', id)
  }
}

function answer<T>(call: StoreCall['call'], work: Promise<T>, callback: Callback<T>): void {
  const start = performance.now()
  const tell = (ok: boolean) => calls.publish({ call, ms: performance.now() - start, ok } satisfies StoreCall)
  const done = within(databaseDeadlineMs, work)
  done.then(
    () => tell(true),
    () => tell(false),
  )
  done.then((value) => callback(null, value), callback)
}

function ignore(): void {}
