import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { RequestHandler } from 'express'
import helmet from 'helmet'
import type { Config } from '../config.ts'

const yearSeconds = 365 * 24 * 60 * 60

/**
 * Security headers for every answer: helmet's, which are always the same, so they are computed once.
 * No inline script or style anywhere, so the policy needs no exception.
 */
export function securityHeaders({ https }: Pick<Config, 'https'>): RequestHandler {
  const setHeaders = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
        // Pico draws its check marks and arrows from data: addresses inside its style sheet.
        'img-src': ["'self'", 'data:'],
        'object-src': ["'none'"],
      },
    },
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: https && { maxAge: yearSeconds, includeSubDomains: true },
    xFrameOptions: { action: 'deny' },
  })
  const headers = headersOf(setHeaders)
  return (_req, res, next) => {
    for (const [name, value] of headers) res.setHeader(name, value)
    next()
  }
}

function headersOf(middleware: ReturnType<typeof helmet>): (readonly [string, string])[] {
  const req = new IncomingMessage(new Socket())
  const res = new ServerResponse(req)
  middleware(req, res, (error) => {
    if (error) throw error
  })
  return Object.entries(res.getHeaders()).map(([name, value]) => [name, String(value)])
}

/** For pages: what one person sees must not come out of a cache for the next, nor by Back after signing out. */
export const neverStored: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store')
  next()
}
