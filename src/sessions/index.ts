import type { Request, RequestHandler } from 'express'
import session, { type SessionData } from 'express-session'
import onHeaders from 'on-headers'
import type { Config } from '../config.ts'
import type { Database } from '../database.ts'
import type { Log } from '../log.ts'
import { readTogether } from './reader.ts'
import { isEmptySession } from './session.ts'
import { HardenedStore } from './store.ts'

const minuteMs = 60 * 1000
const hourMs = 60 * minuteMs

/** A session without "Keep me signed in": its cookie ends with the browser, its document a day after its last use. */
const browserSessionMs = 24 * hourMs
/** A guest's session only carries a message over one redirect. */
const guestSessionMs = 5 * minuteMs

/**
 * A cookie's name, which keeps apart what browsers do not: apps on other ports of localhost, and, by the prefix, what an
 * attacker sets from http or a subdomain (RFC 6265bis, section 4.1.3).
 */
export function cookieName({ env, https, port }: Config, name: string): string {
  if (https) return `__Host-${name}`
  return env === 'development' ? `${name}-${port}` : name
}

export const sessionCookie = (config: Config) => cookieName(config, 'sid')

/** "Last seen" is written at most this often, in milliseconds; every other request of a signed-in visitor only reads. */
export function touchAfterMs({ sessionIdleMs }: Pick<Config, 'sessionIdleMs'>): number {
  // A short idle limit needs a fresher "last seen", or it would end sessions that are in use.
  return Math.min(hourMs, sessionIdleMs / 10)
}

/**
 * express-session with every option chosen; docs/sessions.md gives the reasons.
 * @param usersCollection where `session.passport.user` leads
 */
export function sessions(
  config: Config,
  { client }: Database,
  log: Log,
  usersCollection: string,
): RequestHandler[] {
  const cookie = {
    httpOnly: true,
    path: '/',
    sameSite: 'lax',
    // Not 'auto', which drops Secure without a word when a proxy is not trusted.
    secure: config.https,
    maxAge: config.sessionIdleMs,
  } as const
  const store = new HardenedStore({
    client,
    log,
    cookie,
    touchAfterMs: touchAfterMs(config),
    usersCollection,
    expiry: (session, lastUse) => expiry(config, session, lastUse),
    reader: (collection) => readTogether(collection, usersCollection),
  })
  const name = sessionCookie(config)
  const expressSession = session({
    name,
    secret: [...config.secretKeys],
    store,
    cookie,
    resave: false,
    saveUninitialized: false,
    // With touchAfter in the store: the cookie moves on when the document does.
    rolling: true,
  })
  return [keepNewerCookie(store, name), expressSession]
}

/** Waits for MongoDB: express-session alone sends a redirect before the session is stored. */
export function saveSession(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.session.save((error: unknown) => (error ? reject(error) : resolve()))
  })
}

/** Ends the session at once, in every process, and begins a guest's, which is stored when it holds something. */
export function endSession(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.session.regenerate((error: unknown) => (error ? reject(error) : resolve()))
  })
}

/** For a guest's session, which ends when its message was not fetched soon. */
export function keepBriefly(req: Request): void {
  req.session.cookie.maxAge = guestSessionMs
}

/** "13 days 23 hours" from milliseconds: the two largest units, rounded down; "less than a minute" below that. */
export function duration(milliseconds: number): string {
  let rest = Math.max(0, milliseconds)
  const parts = [['day', 24 * hourMs] as const, ['hour', hourMs] as const, ['minute', minuteMs] as const]
    .map(([unit, ms]) => {
      const count = Math.floor(rest / ms)
      rest -= count * ms
      return count > 0 ? `${count} ${unit}${count === 1 ? '' : 's'}` : ''
    })
    .filter(Boolean)
  return parts.slice(0, 2).join(' ') || 'less than a minute'
}

/**
 * express-session sets the cookie with every response. A slow one, asked for with a session that has been replaced since,
 * would put the old ID in the place of the new one and sign the person out. So it is set only when it says something new:
 * another ID, a signature with another key, or an end that was moved on.
 */
function keepNewerCookie(store: HardenedStore, name: string): RequestHandler {
  return (req, res, next) => {
    // Listeners run in reverse order: this one after express-session's.
    onHeaders(res, () => {
      const { session } = req
      if (!session) return
      // An empty session is not stored: a cookie would lead to nothing.
      const isEmpty = isEmptySession(session)
      const isMovedOn = store.isTouchDue(session)
      const sent = req.headers.cookie?.split(/; */) ?? []
      const isNews = (cookie: string) =>
        !cookie.startsWith(`${name}=`) || (!isEmpty && (isMovedOn || !sent.includes(pairOf(cookie))))
      const news = [res.getHeader('Set-Cookie') ?? []].flat().map(String).filter(isNews)
      // Expires alone is an end by the browser's clock, which may be some minutes ahead.
      const maxAge = `Max-Age=${Math.ceil((session.cookie.maxAge ?? 0) / 1000)}`
      const timed = news.map((cookie) =>
        cookie.startsWith(`${name}=`) ? cookie.replace(/(?=Expires=)/, `${maxAge}; `) : cookie,
      )
      if (news.length > 0) res.setHeader('Set-Cookie', timed)
      else res.removeHeader('Set-Cookie')
    })
    next()
  }
}

/** "sid=…", as the browser sends it back. */
function pairOf(setCookie: string): string {
  return setCookie.split(';', 1)[0] ?? ''
}

/** When a session ends that is used no more. */
function expiry(config: Config, { cookie, signedInAt }: SessionData, lastUse: Date): Date {
  const { sessionIdleMs, sessionAbsoluteMs } = config
  const idleEnd = lastUse.getTime() + Math.min(cookie?.originalMaxAge ?? browserSessionMs, sessionIdleMs)
  const absoluteEnd = (signedInAt ?? lastUse).getTime() + sessionAbsoluteMs
  return new Date(Math.min(idleEnd, absoluteEnd))
}
