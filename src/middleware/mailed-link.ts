import type { Request, RequestHandler, Response } from 'express'
import type { Config } from '../config.ts'
import { requestCookie } from '../request-cookie.ts'

/** What stays of a link once it was opened. Milliseconds; enough to fill in a form. */
const cookieMs = 30 * 60 * 1000

export interface MailedLink {
  /**
   * For the page that a link in a mail leads to. Takes the token out of the address, where histories, logs and other
   * sites would find it, and into a cookie for this page alone. Uses nothing up: mail scanners open links too.
   */
  readonly land: RequestHandler
  /** The token of the link that this browser opened; empty when it has none. */
  tokenOf(req: Request): string
  /** For a link that has done its work. */
  forget(res: Response): void
}

/** @param path of the page, such as /reset-password */
export function mailedLink(path: string, { https }: Config): MailedLink {
  const name = `${https ? '__Secure-' : ''}link`
  // Lax: with 'strict' it would not come along when the person arrives from a mail that is read in the browser.
  const cookie = { path, httpOnly: true, secure: https, sameSite: 'lax' } as const
  return {
    land(req, res, next) {
      res.set('Referrer-Policy', 'no-referrer')
      if (req.query.token === undefined) return next()
      if (isToken(req.query.token)) res.cookie(name, req.query.token, { ...cookie, maxAge: cookieMs })
      else res.clearCookie(name, cookie)
      res.redirect(303, path)
    },
    tokenOf(req) {
      const token = requestCookie(req, name)
      return isToken(token) ? token : ''
    },
    forget(res) {
      res.clearCookie(name, cookie)
    },
  }
}

/** 32 bytes in base64url, as models/token.ts makes them. */
function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{43}$/.test(value)
}
