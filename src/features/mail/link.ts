import type { Request, RequestHandler, Response } from 'express'
import { maySignIn } from '../../auth/passport.ts'
import { User } from '../../auth/user.ts'
import type { Config } from '../../config.ts'
import { HttpError } from '../../errors.ts'
import { requestCookie } from '../../web/headers.ts'
import { type Grant, granted, hashed, type Purpose, Token } from './token.ts'

/** How long an opened link stays usable, to fill in a form. Milliseconds. */
const cookieMs = 30 * 60 * 1000

const otherLink = "You've opened another link since you opened this page. Open the link in the email again."

export interface MailedLink {
  /** Moves the token from the URL to a cookie for this page only. Doesn't use it up, because mail scanners open links too. */
  readonly land: RequestHandler
  /** Returns 410 unless a valid link was opened. Sets `grant` on res.locals, and `link` for a hidden field of the form. */
  readonly liveOnly: RequestHandler
  /** Empty if this browser has opened no link. */
  tokenOf(req: Request): string
  dead(res: Response): void
  /** Call it when the link has been used. */
  forget(res: Response): void
}

/** @param path such as /reset-password @param deadView for links that no longer work */
export function mailedLink(purpose: Purpose, path: string, deadView: string, { https }: Config): MailedLink {
  const name = `${https ? '__Secure-' : ''}link`
  // With 'strict' the cookie would not be sent when someone comes from webmail.
  const cookie = { path, httpOnly: true, secure: https, sameSite: 'lax' } as const
  return {
    land(req, res, next) {
      if (req.query.token === undefined) return next()
      // Only here: on the page with the form it would make browsers send Origin: null.
      res.set('Referrer-Policy', 'no-referrer')
      if (isToken(req.query.token)) res.cookie(name, req.query.token, { ...cookie, maxAge: cookieMs })
      else res.clearCookie(name, cookie)
      res.redirect(303, path)
    },
    async liveOnly(req, res, next) {
      const token = tokenOf(req)
      const grant = await Token.look(purpose, token)
      const user = grant && (await User.findOne(granted(grant)))
      if (!user || !maySignIn(req.app.locals.core.hooks, user)) return dead(res)
      const link = hashed(token).slice(0, 16)
      if (req.method === 'POST' && req.body?.link !== link) throw new HttpError(400, otherLink)
      Object.assign(res.locals, { grant: grant satisfies Grant, link })
      next()
    },
    tokenOf,
    dead,
    forget: (res) => void res.clearCookie(name, cookie),
  }

  function tokenOf(req: Request): string {
    const token = requestCookie(req, name)
    return isToken(token) ? token : ''
  }

  function dead(res: Response): void {
    res.status(410).render(deadView)
  }
}

/** 32 bytes in base64url. */
function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{43}$/.test(value)
}
