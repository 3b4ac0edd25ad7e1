import { createHash, randomBytes } from 'node:crypto'
import { sign, unsign } from 'cookie-signature'
import type { Request, Response } from 'express'
import { cookieName } from '../sessions/index.ts'
import { requestCookie } from '../web/headers.ts'
import type { UserDocument } from './user.ts'

/** From the last sign-in on: no one who once knew the password has attempts of their own forever. Milliseconds. */
const knownForMs = 90 * 24 * 60 * 60 * 1000
/** Of so many people who share a browser it remembers each. */
const maxAccounts = 5

type Account = Pick<UserDocument, '_id' | 'epoch'>

/**
 * Whether this browser has signed in to the account since its password was set, signed out or not. That opens nothing: it
 * only keeps the owner apart from strangers who guess at the same account, so that slowing them down does not lock the owner
 * out. By the account and its epoch, because an email address may pass to someone else, and a password may be taken from a thief.
 * https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
 */
export function isKnownBrowser(req: Request, account: Account): boolean {
  const { id, accounts } = read(req)
  return accounts.includes(hashed(id, account))
}

/** Whether this browser has signed in to any account. */
export function hasSignedIn(req: Request): boolean {
  return read(req).accounts.length > 0
}

/** After a sign-in. */
export function rememberBrowser(req: Request, res: Response, account: Account): void {
  const { config } = req.app.locals.core
  const { id, accounts } = read(req)
  const known = [...new Set([hashed(id, account), ...accounts])].slice(0, maxAccounts)
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

function hashed(browser: string, { _id, epoch }: Account): string {
  return createHash('sha256').update(`${browser}\n${_id}\n${epoch}`).digest('base64url').slice(0, 22)
}
