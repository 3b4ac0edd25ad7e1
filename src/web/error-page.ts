import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import { HttpError, InvalidFields, isDatabaseAway, TryLater, WrongPassword } from '../errors.ts'
import { report } from '../log.ts'

/** A change may have been made although its confirmation was lost. */
export function databaseAway({ method }: Request): string {
  const unknown = method === 'GET' ? '' : ' Your request may still have gone through.'
  return `We can't reach our database right now.${unknown} Try again in a few seconds.`
}

/** `OPTIONS *` and the like are valid HTTP, but ask for nothing that an app has. */
export const refusePathless: RequestHandler = ({ url }, _res, next) => {
  next(/^(\/|https?:)/i.test(url) ? undefined : new HttpError(400, 'There is no path in that request.'))
}

export const notFound: RequestHandler = (_req, _res, next) => {
  next(new HttpError(404, 'There is no page at this address.'))
}

/** Whatever went wrong becomes a page with a fitting status, and never shows how the app is built. */
export const errorPage: ErrorRequestHandler = (error, req, res, _next) => {
  const status = startErrorResponse(res, error)
  // Too late for a page, such as when "last seen" could not be written behind the response.
  if (res.headersSent) {
    if (!res.writableEnded) res.destroy()
    return
  }
  const [title, text] = explanations[status] ?? ['Request refused', '']
  const detail = error instanceof HttpError ? error.message : status === 503 ? databaseAway(req) : text
  // What to search the log for.
  const reference = status >= 500 ? res.get('X-Request-Id') : undefined
  if (wantsJson(req)) return sendProblem(res, status, { detail, errors: Object(error).fields, reference })
  // The address of a form that failed is not a page.
  const canReload = status >= 500 && req.method === 'GET'
  const page = { title, text: detail, status, reference, canReload }
  res.status(status).render('errors/error', page, (failure, html) => {
    if (failure) logOf(req).error({ err: failure }, 'The error page failed')
    if (failure) res.type('text').send(title)
    else res.send(html)
  })
}

/** For a page or form that shows an error: logs it and sets the headers that go with it. @returns its status */
export function startErrorResponse(res: Response, error: unknown): number {
  const { req } = res
  const status = statusOf(error)
  if (error instanceof TryLater && status === 503)
    report(req, { event: 'queue.full', level: 'warn' }, 'Password hashing queue full')
  else if (status >= 500) logOf(req).error({ err: error }, 'Request failed')
  else logOf(req).debug({ err: error }, 'Request refused')
  if (error instanceof WrongPassword && req.user)
    report(req, { event: 'password-again.refused', level: 'warn' }, 'Incorrect password of a signed-in user')
  if ((status === 503 || status === 429) && !res.headersSent)
    res.set('Retry-After', String(error instanceof TryLater ? error.retryAfterSeconds : 5))
  // Without an ID express-session does not save, which would try the same dead database once more.
  if (isDatabaseAway(error)) Object.assign(req, { sessionID: undefined })
  return status
}

/** Whether a program asks: by Accept, or a script's fetch that accepts anything. Browsers' pages, and curl, get HTML. */
export function wantsJson(req: Request): boolean {
  const json = ['json', 'application/problem+json']
  const types = req.get('sec-fetch-dest') === 'empty' ? [...json, 'html'] : ['html', ...json]
  return json.includes(String(req.accepts(types)))
}

/** An error for programs: https://www.rfc-editor.org/rfc/rfc9457.html @param more such as a sentence per field */
export function sendProblem(res: Response, status: number, more: object): void {
  const problem = JSON.stringify({ title: explanations[status]?.[0], status, ...more })
  res.status(status).type('application/problem+json').send(problem)
}

const explanations: Record<number, readonly [title: string, text: string]> = {
  400: ["We couldn't process that request", 'Go back and try again.'],
  401: ['Not signed in', 'Sign in and try again.'],
  403: ['Request refused', "You can't do that here."],
  404: ['Page not found', 'There is no page at this address.'],
  413: ['That form is too large', 'Shorten what you entered and try again.'],
  415: ['Unsupported form type', 'Use the form on the page.'],
  422: ['Check what you entered', 'Some of it is missing or invalid.'],
  429: ['Too many attempts', 'Wait a while, then try again.'],
  500: ['Something went wrong', "It's our fault, and we've logged the error. Try again in a minute."],
  503: ['Back in a moment', ''],
}

function statusOf(error: unknown): number {
  if (error instanceof HttpError) return error.status
  if (error instanceof InvalidFields) return error instanceof WrongPassword ? 401 : 422
  if (isDatabaseAway(error)) return 503
  // Express' own, and its parsers'.
  const status = Number(Object(error).status)
  return status >= 400 && status < 500 ? (status in explanations ? status : 400) : 500
}

/** What comes before the request log in app.ts fails without one. */
function logOf({ log, app }: Request) {
  return log ?? app.locals.core.log
}
