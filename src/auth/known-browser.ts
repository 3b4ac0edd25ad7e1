import { hash } from 'node:crypto'
import { sign, unsign } from 'cookie-signature'
import type { Request, Response } from 'express'
import { cookieName } from '../sessions/index.ts'
import { requestCookie } from '../web/headers.ts'
import type { UserDocument } from './user.ts'

/** Milliseconds since the last sign-in. */
const knownForMs = 90 * 24 * 60 * 60 * 1000
/** People may share a browser. */
const maxAccounts = 5

type Account = Pick<UserDocument, '_id' | 'epoch'>

/**
 * Whether this browser has signed in with the account's current password. It grants no access; it only separates the owner
 * from attackers guessing at the same account, so that slowing them down does not lock the owner out.
 * https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
 */
export function isKnownBrowser(req: Request, account: Account): boolean {
  return accountsOf(req).includes(hashed(account))
}

export function hasSignedIn(req: Request): boolean {
  return accountsOf(req).length > 0
}

export function rememberBrowser(req: Request, res: Response, account: Account): void {
  const { config } = req.app.locals.core
  const accounts = [...new Set([hashed(account), ...accountsOf(req)])].slice(0, maxAccounts)
  const value = sign(['browser', Date.now(), ...accounts].join('~'), config.secretKeys[0])
  const cookie = { httpOnly: true, path: '/', sameSite: 'lax', secure: config.https } as const
  res.cookie(cookieName(config, 'browser'), value, { ...cookie, maxAge: knownForMs })
}

function accountsOf(req: Request): string[] {
  const { config } = req.app.locals.core
  const cookie = requestCookie(req, cookieName(config, 'browser'))
  const value = config.secretKeys.map((key) => unsign(cookie, key)).find((found) => found !== false)
  // express-session signs its IDs with the same keys, but none begins with "browser".
  const [kind, since, ...accounts] = value?.split('~') ?? []
  return kind === 'browser' && Date.now() - Number(since) < knownForMs ? accounts : []
}

/** The epoch is included, so that a new password makes every browser unknown again. */
function hashed({ _id, epoch }: Account): string {
  return hash('sha256', `${_id} ${epoch}`, 'base64url').slice(0, 22)
}
