import { createHash, randomBytes } from 'node:crypto'
import { sign, unsign } from 'cookie-signature'
import type { Request, Response } from 'express'
import { cookieName } from '../sessions/index.ts'

/** From the last sign-in on: no one who once knew the password has attempts of their own forever. Milliseconds. */
const knownForMs = 90 * 24 * 60 * 60 * 1000
/** Of so many people who share a browser it remembers each. */
const maxAccounts = 5

/**
 * An ID of this browser if it has signed in to the account before, signed out or not. It opens nothing: it only keeps its owner
 * apart from strangers who guess at the same account, so that slowing them down does not lock the owner out.
 * https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
 */
export function knownBrowserId(req: Request, email: string): string | undefined {
  const { id, accounts } = read(req)
  return accounts.includes(hashed(id, email)) ? id : undefined
}

/** After a sign-in. */
export function rememberBrowser(req: Request, res: Response, email: string): void {
  const { config } = req.app.locals.core
  const { id, accounts } = read(req)
  const known = [...new Set([hashed(id, email), ...accounts])].slice(0, maxAccounts)
  const value = sign(['browser', Date.now(), id, ...known].join('~'), config.secretKeys[0])
  const cookie = {
    httpOnly: true,
    path: '/',
    sameSite: 'lax',
    secure: config.https,
    maxAge: knownForMs,
  } as const
  res.cookie(cookieName(config, 'browser'), value, cookie)
}

/** The value of a cookie, or the empty string: of a name that came twice, the first. */
export function requestCookie({ headers }: Request, name: string): string {
  const pair = headers.cookie?.split(/; */).find((text) => text.startsWith(`${name}=`))
  try {
    return decodeURIComponent(pair?.slice(name.length + 1) ?? '')
  } catch {
    return ''
  }
}

/** Its accounts are hashes that only this browser's ID makes, the latest first. */
function read(req: Request): { id: string; accounts: string[] } {
  const { config } = req.app.locals.core
  for (const key of config.secretKeys) {
    const value = unsign(requestCookie(req, cookieName(config, 'browser')), key)
    // With the same keys express-session signs its IDs, which do not begin like this.
    const [kind, since, id, ...accounts] = value === false ? [] : value.split('~')
    if (kind === 'browser' && id && Date.now() - Number(since) < knownForMs) return { id, accounts }
  }
  return { id: randomBytes(16).toString('base64url'), accounts: [] }
}

function hashed(id: string, email: string): string {
  return createHash('sha256').update(`${id}\n${email}`).digest('base64url').slice(0, 22)
}
