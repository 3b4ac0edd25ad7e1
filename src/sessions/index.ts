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

/** The port separates apps on localhost; __Host- keeps subdomains and http from setting the cookie. */
export function cookieName({ env, https, port }: Config, name: string): string {
  if (https) return `__Host-${name}`
  return env === 'development' ? `${name}-${port}` : name
}

export const sessionCookie = (config: Config) => cookieName(config, 'sid')

/** docs/sessions.md explains every option. @param usersCollection holds the users whose IDs are in `session.passport.user` */
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
    // Not 'auto', which silently drops Secure behind an untrusted proxy.
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
    // Renews the cookie; keepNewerCookie limits this to when the document is renewed.
    rolling: true,
  })
  return [keepNewerCookie(store, name), expressSession]
}

/** express-session alone would send a redirect before the session is stored. */
export function saveSession({ session }: Request): Promise<void> {
  return promisify((done: (error?: unknown) => void) => session.save(done))()
}

/** Ends the session in every process, and starts an empty one for the guest. */
export function endCurrentSession({ session }: Request): Promise<void> {
  return promisify((done: (error?: unknown) => void) => session.regenerate(done))()
}

/** For a guest's session, which only holds a message for the next page. */
export function keepBriefly(req: Request): void {
  req.session.cookie.maxAge = guestSessionMs
}

/** express-session sets the cookie on every response, so a slow one could bring back an old ID. This sets it only if it changed. */
function keepNewerCookie(store: HardenedStore, name: string): RequestHandler {
  return (req, res, next) => {
    // Listeners run in reverse order, so this one runs after express-session's.
    onHeaders(res, () => {
      const cookies = [res.getHeader('Set-Cookie') ?? []].flat().map(String)
      const own = cookies.find((cookie) => cookie.startsWith(`${name}=`))
      if (!own) return
      const others = cookies.filter((cookie) => cookie !== own)
      const isSent = req.headers.cookie?.split(/; */).includes(own.split(';', 1).join())
      // An empty session is not stored, so it needs no cookie.
      const isNews = !isEmptySession(req.session) && (!isSent || store.isTouchDue(req.session))
      // Expires alone depends on the browser's clock, which may be wrong.
      const maxAge = `Max-Age=${Math.ceil((req.session.cookie.maxAge ?? 0) / 1000)}; Expires=`
      res.setHeader('Set-Cookie', isNews ? [...others, own.replace('Expires=', maxAge)] : others)
    })
    next()
  }
}
