import { tracingChannel } from 'node:diagnostics_channel'
import MongoStore from 'connect-mongo'
import type { Request } from 'express'
import type { CookieOptions, Session as ExpressSession, SessionData } from 'express-session'
import { mongo } from 'mongoose'
import { databaseDeadlineMs, within } from '../database.ts'
import type { Log } from '../log.ts'
import {
  contentOf,
  endConcern,
  expiryOf,
  isEmptySession,
  isSession,
  mergeInto,
  type SessionLimits,
  type StoredSession,
  storageId,
  touchAfterMs,
} from './session.ts'

interface StoreOptions {
  client: mongo.MongoClient
  log: Log
  limits: SessionLimits
  usersCollection: string
  /** The attributes of every cookie, whatever is stored. */
  cookie?: CookieOptions
  /** Finds a document by `_id`, possibly with its user. Default: without the user. */
  find?: (id: string) => Promise<Found | null | undefined>
}

type Found = { readonly _id?: unknown; readonly user?: unknown }
type Callback<T = unknown> = (error: unknown, value?: T) => void

/** What MongoDB holds. `content` is a copy, because a request changes its session in place. */
type Known = { document: StoredSession; content: string; user?: unknown }

/** By express-session's object. A session that isn't here was never stored. */
const known = new WeakMap<object, Known>()

/** The document as last read or written by this request. */
export const documentOf = (session: ExpressSession) => known.get(session)?.document

/** The user's document, if it was read together with the session. */
export const userReadWith = (session: ExpressSession) => known.get(session)?.user

/** docs/sessions.md lists the differences from connect-mongo, each with its reason and proof. */
export class HardenedStore extends MongoStore {
  readonly #options: StoreOptions
  readonly #sessions: mongo.Collection<StoredSession>
  readonly #users: mongo.Collection

  /** express-session's own: gives the request a new, empty session. */
  declare generate: (req: Request) => void

  constructor(options: StoreOptions) {
    // database.ts creates the indexes. With 'native', the store would stay broken if MongoDB is down at startup.
    super({ client: options.client, stringify: false, autoRemove: 'disabled', transformId: storageId })
    this.#options = options
    // Unless DATABASE_URL sets more. A session that a failover loses costs its owner one more sign-in.
    const writeConcern = { w: 1, ...options.client.options.writeConcern }
    const db = options.client.db(undefined, { writeConcern })
    this.#sessions = db.collection('sessions')
    this.#users = db.collection(options.usersCollection)
  }

  override get(id: string, callback: Callback<SessionData | null>): void {
    answer('get', () => this.#read(storageId(id)), callback)
  }

  override set(id: string, session: SessionData, callback: Callback = () => {}): void {
    answer('set', () => this.#write(storageId(id), session), callback)
  }

  override touch(id: string, session: SessionData, callback: Callback = () => {}): void {
    // Called synchronously, so that express-session sends the page in one piece instead of holding back its last byte.
    if (!this.isTouchDue(session)) return void callback(null)
    const lastModified = new Date()
    const update = { $set: { lastModified, expires: expiryOf(session, lastModified, this.#options.limits) } }
    answer('touch', () => this.#sessions.updateOne({ _id: storageId(id) }, update), callback)
  }

  override destroy(id: string, callback: Callback = () => {}): void {
    const writeConcern = endConcern
    answer('destroy', () => this.#sessions.deleteOne({ _id: storageId(id) }, { writeConcern }), callback)
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
    // A session that was never stored needs no deletion, so a sign-in from a new browser takes a single write.
    else callback(void this.generate(req))
  }

  /** Whether this request extends the session, in MongoDB and in the browser. */
  isTouchDue(session: SessionData): boolean {
    const lastModified = known.get(session)?.document.lastModified ?? new Date()
    return Date.now() - lastModified.getTime() >= touchAfterMs(this.#options.limits)
  }

  async #read(_id: string): Promise<SessionData | null> {
    const { limits, log, find = (_id) => this.#sessions.findOne({ _id }) } = this.#options
    const { user, ...document }: Found = (await find(_id)) ?? {}
    if (document._id === undefined) return null
    if (!isSession(document)) {
      log.warn({ document: document._id }, 'A document in sessions is not a session; ignoring it')
      return null
    }
    const { session, expires, lastModified } = document
    // Computed again because the limits may have been lowered in the configuration.
    const ends = [expires, expiryOf(session, lastModified, limits)]
    if (ends.some((end) => end <= new Date())) return null
    known.set(session, { document, content: contentOf(session), user })
    return session
  }

  async #write(_id: string, session: SessionData): Promise<void> {
    const content = contentOf(session)
    const before = known.get(session)
    // express-session also saves unchanged sessions, and new, empty ones. A session that was emptied stays until it expires,
    // because another request may be about to add something.
    if (before ? before.content === content : isEmptySession(session)) return
    // Always later than before, so that other requests notice the change.
    const lastModified = new Date(Math.max(Date.now(), +(before?.document.lastModified ?? 0) + 1))
    const expires = expiryOf(session, lastModified, this.#options.limits)
    const { originalMaxAge } = session.cookie
    const document = { _id, expires, lastModified, session: { ...session, cookie: { originalMaxAge } } }
    const userId = session.passport?.user
    if (!before && userId) await this.#begin(document, userId)
    else {
      // A session that was loaded is never inserted, so a session that has ended in the meantime stays ended.
      // https://github.com/expressjs/session/issues/632
      const unchanged = { _id, ...(before && { lastModified: before.document.lastModified }) }
      const { matchedCount } = await this.#sessions.replaceOne(unchanged, document, { upsert: !before })
      if (before && matchedCount === 0) return await this.#writeMerged(_id, session, before)
    }
    known.set(session, { document, content })
  }

  /** For a session that another request has changed or ended since it was read. */
  async #writeMerged(_id: string, session: SessionData, before: Known): Promise<void> {
    const document = await this.#sessions.findOne({ _id })
    if (!document || !isSession(document)) return
    mergeInto(session, JSON.parse(before.content), document.session)
    known.set(session, { document, content: contentOf(document.session) })
    await this.#write(_id, session)
  }

  /** Copies through the user's document, so a user who was deleted or got a new password in the meantime gets no session. */
  async #begin(document: StoredSession, userId: string): Promise<void> {
    const user = { _id: new mongo.ObjectId(userId), epoch: document.session.epoch }
    const copy = [{ $match: user }, { $replaceWith: { $literal: document } }, { $merge: 'sessions' }]
    await this.#users.aggregate(copy).toArray()
  }
}

const calls = tracingChannel('session-store')

function answer<T>(call: string, work: () => Promise<T>, callback: Callback<T>): void {
  const done = calls.tracePromise(() => within(databaseDeadlineMs, work()), { call })
  done.then((value) => callback(null, value), callback)
}
