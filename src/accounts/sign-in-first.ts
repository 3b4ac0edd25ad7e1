import type { Request, Response } from 'express'
import { HttpError } from '../errors.ts'
import { report } from '../log.ts'
import { redirectWithFlash } from '../sessions/flash.ts'
import { sessionCookie } from '../sessions/index.ts'
import { wantsJson } from '../web/error-page.ts'
import { emptyForm, showForm } from '../web/forms.ts'
import { requestCookie } from '../web/headers.ts'

/** Characters; a longer path would not fit into the next request. */
const maxReturnTo = 2_000

/** A guest who asked for something private signs in first, and is told why when a session has ended meanwhile. */
export async function sendToSignIn(req: Request, res: Response): Promise<void> {
  report(req, { event: 'access.refused' }, 'Access to private data refused')
  if (wantsJson(req)) throw new HttpError(401, 'Sign in and try again.')
  const isForm = req.method === 'POST'
  const returnTo = isForm ? '' : req.originalUrl
  const query = [
    req.method === 'GET' && returnTo.length <= maxReturnTo ? `returnTo=${encodeURIComponent(returnTo)}` : '',
    isSentHereByForm(req) ? 'cookies=blocked' : '',
  ]
  const signIn = `/login?${query.filter(Boolean).join('&')}`.replace(/\?$/, '')
  if (!hadSession(req)) return res.redirect(303, signIn)
  const unsent = isForm ? typedIn(req.body).filter(([, value]) => value) : []
  if (unsent.length === 0) return await redirectWithFlash(req, res, signIn, 'info', isForm ? undone : ended)
  res.locals.unsent = unsent
  showForm(res, 'auth/login', { ...emptyForm, values: { returnTo: pageOfForm(req) }, problem: notSent }, 401)
}

const ended = 'Your session has ended. Sign in again.'
const undone = 'Your session had ended, so nothing was done. Sign in and try again.'
const notSent =
  "Your session had ended, so what you typed wasn't sent. Copy it from below, sign in and try again."

/** What a form held, to be shown or sent again: in the page alone, and never a password. @param except names of its own */
export function typedIn(body: unknown, except: object = {}): [name: string, value: string][] {
  return Object.entries(Object(body)).flatMap(([name, value]): [string, string][] =>
    typeof value !== 'string' || /password/i.test(name) || name in except ? [] : [[name, value]],
  )
}

/** The browser brought a session's cookie, and the session is gone. */
function hadSession(req: Request): boolean {
  const [, id] = /^s:([^.]+)\./.exec(requestCookie(req, sessionCookie(req.app.locals.core.config))) ?? []
  return id !== undefined && id !== req.sessionID
}

function pageOfForm({ headers: { referer = '' } }: Request): string {
  return URL.canParse(referer) ? new URL(referer).pathname : ''
}

/** The form was sent and accepted, and yet the browser brings no cookie: it keeps none. */
function isSentHereByForm({ headers }: Request): boolean {
  return !headers.cookie && /^https?:\/\/[^/]+\/(login|register)(\?|$)/.test(headers.referer ?? '')
}
