import { promisify } from 'node:util'
import type { Request, RequestHandler } from 'express'
import session from 'express-session'
import onHeaders from 'on-headers'
import type { Config } from '../config.ts'
import type { Database } from '../database.ts'
import type { Log } from '../log.ts'
import { readTogether } from './reader.ts'
import { isEmptySession } from './session.ts'
import { HardenedStore } from './store.ts'

/** A guest's session only carries a message over one redirect. */
const guestSessionMs = 5 * 60 * 1000

/** Keeps apart what browsers do not: apps on other ports of localhost, and what is set from http or a subdomain (__Host-). */
export function cookieName({ env, https, port }: Config, name: string): string {
  if (https) return `__Host-${name}`
  return env === 'development' ? `${name}-${port}` : name
}

export const sessionCookie = (config: Config) => cookieName(config, 'sid')

/** express-session; docs/sessions.md gives the reason of every option. @param usersCollection where `session.passport.user` leads */
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
  const find = readTogether(client.db().collection('sessions'), usersCollection)
  const store = new HardenedStore({ client, log, limits: config, usersCollection, cookie, find })
  const name = sessionCookie(config)
  const expressSession = session({
    name,
    secret: [...config.secretKeys],
    store,
    cookie,
    resave: false,
    saveUninitialized: false,
    // With keepNewerCookie: the cookie moves on when the document does.
    rolling: true,
  })
  return [keepNewerCookie(store, name), expressSession]
}

/** Waits for MongoDB: express-session alone sends a redirect before the session is stored. */
export function saveSession({ session }: Request): Promise<void> {
  return promisify((done: (error?: unknown) => void) => session.save(done))()
}

/** Ends the session at once, in every process, and begins a guest's, which is stored when it holds something. */
export function endCurrentSession({ session }: Request): Promise<void> {
  return promisify((done: (error?: unknown) => void) => session.regenerate(done))()
}

/** For a guest's session, which ends when its message was not fetched soon. */
export function keepBriefly(req: Request): void {
  req.session.cookie.maxAge = guestSessionMs
}

/**
 * express-session sets the cookie with every response, and a slow one would put an old ID in the place of a new one. So it is
 * set only when it says something new: another ID, a signature with another key, or an end that was moved on.
 */
function keepNewerCookie(store: HardenedStore, name: string): RequestHandler {
  return (req, res, next) => {
    // Listeners run in reverse order: this one after express-session's.
    onHeaders(res, () => {
      const cookies = [res.getHeader('Set-Cookie') ?? []].flat().map(String)
      const own = cookies.find((cookie) => cookie.startsWith(`${name}=`))
      if (!own) return
      const others = cookies.filter((cookie) => cookie !== own)
      const isSent = req.headers.cookie?.split(/; */).includes(own.split(';', 1).join())
      // An empty session is not stored: a cookie would lead to nothing.
      const isNews = !isEmptySession(req.session) && (!isSent || store.isTouchDue(req.session))
      // Expires alone is an end by the browser's clock, which may be some minutes ahead.
      const maxAge = `Max-Age=${Math.ceil((req.session.cookie.maxAge ?? 0) / 1000)}; Expires=`
      res.setHeader('Set-Cookie', isNews ? [...others, own.replace('Expires=', maxAge)] : others)
    })
    next()
  }
}
