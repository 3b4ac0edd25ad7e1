import type { Request, RequestHandler } from 'express'
import session from 'express-session'
import type { Config } from '../config.ts'
import type { Database } from '../database.ts'
import { HardenedStore } from './store.ts'

const minuteMs = 60 * 1000
const hourMs = 60 * minuteMs

/** A session without "Keep me signed in": its cookie ends with the browser, its document a day after its last use. */
const browserSessionMs = 24 * hourMs
/** A write for "last seen" at most this often; every other request of a signed-in visitor only reads. */
const longestTouchAfterMs = hourMs
/** A guest's session only carries a message over one redirect. */
const guestSessionMs = 5 * minuteMs

export interface Sessions {
  readonly middleware: RequestHandler[]
  readonly store: HardenedStore
  readonly cookieName: string
  /** How far "last seen" may lag behind, in milliseconds. */
  readonly touchAfterMs: number
}

/** express-session with every option chosen; docs/sessions.md gives the reasons. */
export function createSessions(config: Config, database: Database): Sessions {
  // A short idle limit needs a fresher "last seen", or it would end sessions that are in use.
  const touchAfterMs = Math.min(longestTouchAfterMs, config.sessionIdleMs / 10)
  const store = new HardenedStore({
    client: database.client,
    idleMs: config.sessionIdleMs,
    absoluteMs: config.sessionAbsoluteMs,
    browserSessionMs,
    touchAfterMs,
  })
  // Browsers take a cookie of this prefix only over https, for this host alone and for every path (RFC 6265bis, 4.1.3).
  const cookieName = config.https ? '__Host-sid' : 'sid'
  // Not secure: 'auto', which drops Secure without a word when a proxy is not trusted.
  const cookie = { httpOnly: true, path: '/', sameSite: 'lax', secure: config.https } as const
  const expressSession = session({
    name: cookieName,
    secret: [...config.secretKeys],
    store,
    cookie: { ...cookie, maxAge: config.sessionIdleMs },
    resave: false,
    saveUninitialized: false,
    // With touchAfter in the store: the cookie moves on with every response, the document at most once an hour.
    rolling: true,
  })
  /** Otherwise the browser of somebody whose session has ended would cost a read with every request. */
  const forgetDeadCookie: RequestHandler = (req, res, next) => {
    const isDead = req.headers.cookie?.includes(`${cookieName}=`) && !store.documentOf(req.session)
    if (isDead) res.clearCookie(cookieName, cookie)
    next()
  }
  return { middleware: [expressSession, forgetDeadCookie], store, cookieName, touchAfterMs }
}

/** Waits for MongoDB: express-session by itself sends a redirect before the session is stored. */
export function saveSession(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.session.save((error: unknown) => (error ? reject(error) : resolve()))
  })
}

/** Ends the session at once, in every process, and begins a guest's. */
export async function endSession(req: Request): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.session.regenerate((error: unknown) => (error ? reject(error) : resolve()))
  })
}

/** For a guest's session, which ends when its message was not fetched soon. */
export function keepBriefly(req: Request): void {
  req.session.cookie.maxAge = guestSessionMs
}

/** Ends the session with this response: an expiry in the past removes both the cookie and the document. */
export function expireSession(req: Request): void {
  req.session.cookie.maxAge = -1
}
