import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import { HttpError, InvalidFields, isDatabaseAway, TryLater, WrongPassword } from '../errors.ts'
import type { Log } from '../log.ts'

/** Seconds after which a page asks to try again when MongoDB does not respond. */
const retryAfterSeconds = 5
export const databaseAway = "We can't reach our database right now. Try again in a few seconds."

/** `OPTIONS *` and the like are valid HTTP, but ask for nothing that an app has. */
export const refusePathless: RequestHandler = ({ url }, _res, next) => {
  next(/^(\/|https?:)/i.test(url) ? undefined : new HttpError(400, 'There is no path in that request.'))
}

export const notFound: RequestHandler = (_req, _res, next) => {
  next(new HttpError(404, 'There is no page at this address.'))
}

/** Whether a program asks: by Accept, or a script's fetch that accepts anything. Browsers' pages, and curl, get HTML. */
export function wantsJson(req: Request): boolean {
  const json = ['json', 'application/problem+json']
  const types = req.get('sec-fetch-dest') === 'empty' ? [...json, 'html'] : ['html', ...json]
  return json.includes(String(req.accepts(types)))
}

/** An error for programs: https://www.rfc-editor.org/rfc/rfc9457.html @param more such as a sentence per field */
export function sendProblem(res: Response, status: number, more: object): void {
  const title = explanations[status]?.title
  res
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ title, status, ...more }))
}

/** Whatever went wrong becomes a page with a fitting status, and never shows how the app is built. */
export function errorPage(log: Log): ErrorRequestHandler {
  return (error, req, res, _next) => {
    const status = statusOf(error)
    // Whatever comes before the request log in app.ts fails without one.
    const requestLog = req.log ?? log
    if (status >= 500) requestLog.error({ err: error }, 'Request failed')
    else requestLog.debug({ err: error }, 'Request refused')
    if (status === 500) req.app.locals.core.emit('failed', { req, error })
    // Too late for a page, such as when "last seen" could not be written behind the response.
    if (res.headersSent) return
    const wait = error instanceof TryLater ? error.retryAfterSeconds : retryAfterSeconds
    if (status === 503 || status === 429) res.set('Retry-After', String(wait))
    if (isDatabaseAway(error)) withoutDatabase(res)
    const page = {
      ...explanations[status],
      ...(error instanceof HttpError && { text: error.message }),
      status,
      // What to search the log for.
      reference: status >= 500 ? res.get('X-Request-Id') : undefined,
      // The address of a form that failed is not a page.
      canReload: status >= 500 && req.method === 'GET',
    }
    if (wantsJson(req)) {
      const errors = error instanceof InvalidFields ? error.fields : undefined
      return sendProblem(res, status, { detail: page.text, errors, reference: page.reference })
    }
    res.status(status).render('errors/error', page, (failure, html) => {
      if (failure) requestLog.error({ err: failure }, 'The error page failed')
      if (failure) res.type('text').send(page.title)
      else res.send(html)
    })
  }
}

/** For a response that says so. Without an ID express-session leaves it alone, instead of trying the same dead database once more. */
export function withoutDatabase(res: Response): void {
  Object.assign(res.req, { sessionID: undefined })
  res.set('Retry-After', String(retryAfterSeconds))
}

const explanations: Record<number, { title: string; text: string }> = {
  400: { title: "We couldn't process that request", text: 'Go back and try again.' },
  401: { title: 'Not signed in', text: 'Sign in and try again.' },
  403: { title: 'Request refused', text: "You can't do that here." },
  404: { title: 'Page not found', text: 'There is no page at this address.' },
  413: { title: 'That form is too large', text: 'Shorten what you entered and try again.' },
  415: { title: 'Unsupported form type', text: 'Use the form on the page.' },
  422: { title: 'Check what you entered', text: 'Some of it is missing or invalid.' },
  429: { title: 'Too many attempts', text: 'Wait a while, then try again.' },
  500: {
    title: 'Something went wrong',
    text: "It's our fault, and we've logged the error. Try again in a minute.",
  },
  503: {
    title: 'Back in a moment',
    text: databaseAway,
  },
}

function statusOf(error: unknown): number {
  if (error instanceof HttpError) return error.status
  if (error instanceof InvalidFields) return error instanceof WrongPassword ? 401 : 422
  if (isDatabaseAway(error)) return 503
  const status: unknown = error instanceof Error && 'status' in error ? error.status : undefined
  if (typeof status !== 'number' || status >= 500) return 500
  return status in explanations ? status : 400
}
