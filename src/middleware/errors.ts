import type { ErrorRequestHandler, RequestHandler } from 'express'
import { mongo } from 'mongoose'
import { DeadlineError } from '../deadline.ts'
import { HttpError, TryLater } from '../http-error.ts'
import type { Log } from '../log.ts'

/** Seconds after which a page asks to try again when MongoDB does not answer. */
const retryAfterSeconds = 5

export const notFound: RequestHandler = (_req, _res, next) => {
  next(new HttpError(404, 'There is no page at this address.'))
}

/** Whatever went wrong becomes a page with a fitting status, and never shows how the app is built. */
export function errorPage(log: Log): ErrorRequestHandler {
  return (error, req, res, _next) => {
    const status = statusOf(error)
    // What stands before the request log in app.ts fails without one.
    const requestLog = req.log ?? log
    if (status >= 500) requestLog.error({ err: error }, 'Request failed')
    else requestLog.debug({ err: error }, 'Request refused')
    // Too late for a page, such as when "last seen" could not be written behind the answer.
    if (res.headersSent) return
    if (error instanceof TryLater) {
      res.set('Retry-After', String(error.retryAfterSeconds))
    } else if (status === 503) {
      res.set('Retry-After', String(retryAfterSeconds))
      // Without an id express-session leaves the answer alone, instead of trying the same dead database once more.
      Object.assign(req, { sessionID: undefined })
    }
    res.status(status).render('errors/error', {
      ...explanations[status],
      ...(error instanceof HttpError && { text: error.message }),
      status,
      // What to search the log for.
      reference: status >= 500 ? res.get('X-Request-Id') : undefined,
      // The address of a form that failed is no page.
      canReload: status >= 500 && req.method === 'GET',
    })
  }
}

const explanations: Record<number, { title: string; text: string }> = {
  400: { title: 'That request was not understood', text: 'Go back, and try it once more.' },
  403: { title: 'That was refused', text: 'You may not do this here.' },
  404: { title: 'Page not found', text: 'There is no page at this address.' },
  413: { title: 'That was too much', text: 'The form is larger than this page takes.' },
  415: { title: 'That form has the wrong type', text: 'Use the form on the page.' },
  429: { title: 'Too many tries', text: 'Wait a little, then try again.' },
  500: {
    title: 'Something went wrong',
    text: 'The fault is ours, and it has been written down. Try again in a minute.',
  },
  503: {
    title: 'Back in a moment',
    text: 'We cannot reach our database. Nothing is lost: try again in a few seconds.',
  },
}

function statusOf(error: unknown): number {
  if (error instanceof HttpError) return error.status
  if (isDatabaseAway(error)) return 503
  const status: unknown = error instanceof Error && 'status' in error ? error.status : undefined
  if (typeof status !== 'number' || status >= 500) return 500
  return status in explanations ? status : 400
}

function isDatabaseAway(error: unknown): boolean {
  if (error instanceof DeadlineError || error instanceof mongo.MongoNetworkError) return true
  if (error instanceof mongo.MongoError && error.hasErrorLabel('RetryableWriteError')) return true
  // By name: the driver and mongoose do not export all of them.
  return error instanceof Error && awayErrors.has(error.name)
}

const awayErrors = new Set([
  'MongoNotConnectedError',
  'MongoServerSelectionError',
  'MongoTopologyClosedError',
  'MongoWaitQueueTimeoutError',
  'MongooseServerSelectionError',
])
