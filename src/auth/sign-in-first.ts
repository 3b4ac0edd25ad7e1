import type { Request, Response } from 'express'
import { HttpError } from '../errors.ts'
import { report } from '../log.ts'
import { sessionCookie } from '../sessions/index.ts'
import { wantsJson } from '../web/error-page.ts'
import { emptyForm, type FormState, showForm } from '../web/forms.ts'
import { requestCookie } from '../web/headers.ts'

/** Characters; a longer path would make the next request too large. */
const maxReturnTo = 2_000

/** If the session ended while a form was being filled in, the sign-in page says so and shows what was typed. */
export function sendToSignIn(req: Request, res: Response): void {
  report(req, { event: 'access.refused' }, 'Access to private data refused')
  if (wantsJson(req)) throw new HttpError(401, 'Sign in and try again.')
  const isUndone = req.method === 'POST' && hadSession(req)
  const unsent = isUndone ? typedIn(req.body).filter(([name, value]) => value && !unshown.test(name)) : []
  if (unsent.length > 0) {
    res.locals.unsent = unsent
    const values = { returnTo: pageOfForm(req) }
    showForm(res, 'auth/login', { ...emptyForm, values, problem: notSent }, 401)
    return
  }
  const returnTo = req.method === 'GET' ? req.originalUrl : isUndone ? pageOfForm(req) : ''
  const query = [
    returnTo && returnTo.length <= maxReturnTo ? `returnTo=${encodeURIComponent(returnTo)}` : '',
    isUndone ? 'undone=on' : '',
    comesFromForm(req) ? 'cookies=blocked' : '',
  ]
  res.redirect(303, `/login?${query.filter(Boolean).join('&')}`.replace(/\?$/, ''))
}

/** An empty form that returns to the requested page. */
export function formToReturn({ query: { returnTo } }: Request): FormState {
  return { ...emptyForm, values: { returnTo: typeof returnTo === 'string' ? returnTo : '' } }
}

/** Fields that may hold a secret, and hidden fields. */
const unshown = /pass|secret|token|code|^(returnTo|page|id|delete|way|again)$/i
const notSent =
  "Your session has ended, so what you typed wasn't saved. Copy it from below, then sign in and try again."

/** Explains to someone who had signed in why they must sign in again. */
export function reasonToSignIn(req: Request): string | undefined {
  const { returnTo, undone, cookies } = req.query
  if (cookies === 'blocked' && !req.headers.cookie) return cookiesBlocked
  if (!hadSession(req)) return undefined
  if (undone === 'on') return 'Your session has ended, so nothing was changed. Sign in and try again.'
  return returnTo ? 'Your session has ended. Sign in again.' : undefined
}

const cookiesBlocked =
  "We couldn't sign you in because your browser didn't keep our cookie. Allow cookies for this site and sign in again."

/** A form's fields, to be shown or sent again; never a password. @param except fields to leave out */
export function typedIn(body: unknown, except: object = {}): [name: string, value: string][] {
  return Object.entries(Object(body)).flatMap(([name, value]): [string, string][] =>
    typeof value !== 'string' || /password/i.test(name) || name in except ? [] : [[name, value]],
  )
}

/** The browser sent a session cookie, but the session no longer exists. */
function hadSession(req: Request): boolean {
  const [, id] = /^s:([^.]+)\./.exec(requestCookie(req, sessionCookie(req.app.locals.core.config))) ?? []
  return id !== undefined && id !== req.sessionID
}

function pageOfForm({ headers: { referer = '' } }: Request): string {
  return URL.canParse(referer) ? new URL(referer).pathname : ''
}

/** A redirect after signing in that arrives without a cookie: the browser blocks cookies. */
function comesFromForm({ headers }: Request): boolean {
  return !headers.cookie && /^https?:\/\/[^/]+\/(login|register)(\?|$)/.test(headers.referer ?? '')
}
