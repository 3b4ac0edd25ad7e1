import type { RequestHandler } from 'express'
import helmet from 'helmet'
import type { Config } from '../config.ts'

const yearSeconds = 365 * 24 * 60 * 60

/** Security headers for every answer. No inline script or style anywhere, so the policy needs no exception. */
export function securityHeaders({ https }: Pick<Config, 'https'>): RequestHandler {
  return helmet({
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
}

/** For pages: what one person sees must not come out of a cache for the next, nor by Back after signing out. */
export const neverStored: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store')
  next()
}
