import { createHash, randomBytes } from 'node:crypto'
import { sign, unsign } from 'cookie-signature'
import type { Request, Response } from 'express'
import { type Config, cookieName } from '../config.ts'

/** From the last sign-in on: no one who once knew the password has attempts of their own forever. Milliseconds. */
const knownForMs = 90 * 24 * 60 * 60 * 1000
/** Of so many people who share a browser it remembers each. */
const maxAccounts = 5

interface Browser {
  id: string
  /** The latest first, each as a hash that only this browser's ID makes. */
  accounts: string[]
}

/**
 * An ID of this browser if it has signed in to the account before, signed out or not. It opens nothing: it only keeps its owner
 * apart from strangers who guess at the same account, so that slowing them down does not lock the owner out.
 * https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
 */
export function knownBrowserId(req: Request, email: string): string | undefined {
  const { id, accounts } = read(req) ?? newBrowser()
  return accounts.includes(hashed(id, email)) ? id : undefined
}

/** After a sign-in. */
export function rememberBrowser(req: Request, res: Response, email: string): void {
  const { config } = req.app.locals.core
  const { id, accounts } = read(req) ?? newBrowser()
  const account = hashed(id, email)
  const known = [account, ...accounts.filter((other) => other !== account)].slice(0, maxAccounts)
  const value = sign(['browser', Date.now(), id, ...known].join('~'), config.secretKeys[0])
  res.cookie(nameOf(config), value, {
    httpOnly: true,
    path: '/',
    sameSite: 'lax',
    secure: config.https,
    maxAge: knownForMs,
  })
}

/** The raw value of a cookie, or the empty string: of a name that came twice, the first. */
export function requestCookie({ headers }: Request, name: string): string {
  const pair = headers.cookie?.split(/; */).find((text) => text.startsWith(`${name}=`))
  return pair?.slice(name.length + 1) ?? ''
}

function read(req: Request): Browser | undefined {
  const { config } = req.app.locals.core
  const cookie = decoded(requestCookie(req, nameOf(config)))
  for (const key of config.secretKeys) {
    const value = unsign(cookie, key)
    // With the same keys express-session signs its IDs, which do not begin like this.
    const [kind, since, id, ...accounts] = value === false ? [] : value.split('~')
    if (kind === 'browser' && id && Date.now() - Number(since) < knownForMs) return { id, accounts }
  }
  return undefined
}

function nameOf(config: Config): string {
  return cookieName(config, 'browser')
}

function newBrowser(): Browser {
  return { id: randomBytes(16).toString('base64url'), accounts: [] }
}

function hashed(id: string, email: string): string {
  return createHash('sha256').update(`${id}\n${email}`).digest('base64url').slice(0, 22)
}

/** The signature is base64, whose + and / a cookie carries percent-encoded. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return ''
  }
}
