import { createHash, randomBytes } from 'node:crypto'
import { sign, unsign } from 'cookie-signature'
import type { Request, Response } from 'express'
import type { Config } from '../config.ts'
import { requestCookie } from '../request-cookie.ts'

/** From the last sign-in on: nobody who once knew the password has tries of their own for ever. Milliseconds. */
const knownForMs = 90 * 24 * 60 * 60 * 1000
/** Of so many people who share a browser it remembers each. */
const mostAccounts = 5

/**
 * Knows a browser again that has signed in to an account before, signed out or not. It opens nothing: it only keeps its
 * owner apart from strangers who guess at the same account, so that slowing them down does not lock the owner out.
 * https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
 */
export interface KnownBrowsers {
  /** An id of this browser if it has signed in to the account before. */
  idFor(req: Request, email: string): string | undefined
  /** After a sign-in. */
  remember(req: Request, res: Response, email: string): void
}

interface Browser {
  id: string
  /** The latest first, each as a hash that only this browser's id makes. */
  accounts: string[]
}

export function knownBrowsers({ https, secretKeys }: Pick<Config, 'https' | 'secretKeys'>): KnownBrowsers {
  const name = https ? '__Host-browser' : 'browser'
  return {
    idFor(req, email) {
      const { id, accounts } = read(req) ?? newBrowser()
      return accounts.includes(hashed(id, email)) ? id : undefined
    },
    remember(req, res, email) {
      const { id, accounts } = read(req) ?? newBrowser()
      const account = hashed(id, email)
      const known = [account, ...accounts.filter((other) => other !== account)].slice(0, mostAccounts)
      const value = sign(['browser', Date.now(), id, ...known].join('~'), secretKeys[0])
      res.cookie(name, value, {
        httpOnly: true,
        path: '/',
        sameSite: 'lax',
        secure: https,
        maxAge: knownForMs,
      })
    },
  }

  function read(req: Request): Browser | undefined {
    const cookie = decoded(requestCookie(req, name))
    for (const key of secretKeys) {
      const value = unsign(cookie, key)
      // With the same keys express-session signs its ids, which do not begin like this.
      const [kind, since, id, ...accounts] = value === false ? [] : value.split('~')
      if (kind === 'browser' && id && Date.now() - Number(since) < knownForMs) return { id, accounts }
    }
    return undefined
  }
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
