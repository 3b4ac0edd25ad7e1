import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import { HttpError, InvalidFields, isDatabaseAway, TryLater, WrongPassword } from '../errors.ts'
import { report } from '../log.ts'

/** A write may have succeeded even if MongoDB's reply was lost. */
export function databaseAway({ method }: Request): string {
  const unknown = method === 'GET' ? '' : ' Your request may still have gone through.'
  return `We can't reach our database right now.${unknown} Try again in a few seconds.`
}

/** `OPTIONS *` is valid HTTP, but has no path. */
export const refusePathless: RequestHandler = ({ url }, _res, next) => {
  next(/^(\/|https?:)/i.test(url) ? undefined : new HttpError(400, 'That request has no path.'))
}

export const notFound: RequestHandler = (_req, _res, next) => {
  next(new HttpError(404, "There's no page at this address."))
}

/** Never shows internals of the app. */
export const errorPage: ErrorRequestHandler = (error, req, res, _next) => {
  const status = startErrorResponse(res, error)
  // Too late for a page, for example when writing "last seen" fails after the response.
  if (res.headersSent) {
    if (!res.writableEnded) res.destroy()
    return
  }
  const [title, text] = explanations[status] ?? ['Request refused', '']
  const detail = error instanceof HttpError ? error.message : status === 503 ? databaseAway(req) : text
  const reference = status >= 500 ? res.get('X-Request-Id') : undefined
  if (wantsJson(req)) return sendProblem(res, status, { detail, errors: Object(error).fields, reference })
  // The URL of a form's POST may not be a page.
  const canReload = status >= 500 && req.method === 'GET'
  const page = { title, text: detail, status, reference, canReload }
  res.status(status).render('errors/error', page, (failure, html) => {
    if (failure) logOf(req).error({ err: failure }, 'Could not render the error page')
    if (failure) res.type('text').send(title)
    else res.send(html)
  })
}

/** Logs the error and sets its headers. @returns its status */
export function startErrorResponse(res: Response, error: unknown): number {
  const { req } = res
  const status = statusOf(error)
  if (error instanceof TryLater && status === 503)
    report(req, { event: 'queue.full', level: 'warn' }, 'Password hashing queue full')
  else if (status >= 500) logOf(req).error({ err: error }, 'Request failed')
  else logOf(req).debug({ err: error }, 'Request refused')
  if (error instanceof WrongPassword && req.user)
    report(
      req,
      { event: 'password-again.refused', level: 'warn' },
      'Incorrect password from a signed-in user',
    )
  if ((status === 503 || status === 429) && !res.headersSent)
    res.set('Retry-After', String(error instanceof TryLater ? error.retryAfterSeconds : 5))
  // Without an ID, express-session doesn't try to save to the same unreachable database.
  if (isDatabaseAway(error)) Object.assign(req, { sessionID: undefined })
  return status
}

/** By Accept; a script's fetch that accepts anything gets JSON too. Browser pages and curl get HTML. */
export function wantsJson(req: Request): boolean {
  const json = ['json', 'application/problem+json']
  const types = req.get('sec-fetch-dest') === 'empty' ? [...json, 'html'] : ['html', ...json]
  return json.includes(String(req.accepts(types)))
}

/** https://www.rfc-editor.org/rfc/rfc9457.html @param more members, such as errors by field */
export function sendProblem(res: Response, status: number, more: object): void {
  const problem = JSON.stringify({ title: explanations[status]?.[0], status, ...more })
  res.status(status).type('application/problem+json').send(problem)
}

const explanations: Record<number, readonly [title: string, text: string]> = {
  400: ["We couldn't process that request", 'Go back and try again.'],
  401: ['Not signed in', 'Sign in and try again.'],
  403: ['Request refused', "You can't do that here."],
  404: ['Page not found', "There's no page at this address."],
  413: ['That form is too large', 'Shorten what you entered and try again.'],
  415: ['Unsupported form type', 'Go back and use the form on the page.'],
  422: ['Check what you entered', 'Some of it is missing or invalid.'],
  429: ['Too many attempts', 'Wait a while, then try again.'],
  500: ['Something went wrong', "It's our fault, and we've logged the error. Try again in a minute."],
  503: ['Back in a moment', ''],
}

function statusOf(error: unknown): number {
  if (error instanceof HttpError) return error.status
  if (error instanceof InvalidFields) return error instanceof WrongPassword ? 401 : 422
  if (isDatabaseAway(error)) return 503
  // Errors of Express and its parsers.
  const status = Number(Object(error).status)
  return status >= 400 && status < 500 ? (status in explanations ? status : 400) : 500
}

/** Requests that fail before the request log in app.ts have no log of their own. */
function logOf({ log, app }: Request) {
  return log ?? app.locals.core.log
}
