import type { Request, RequestHandler } from 'express'
import helmet from 'helmet'
import type { Config } from '../config.ts'
import { HttpError } from '../errors.ts'
import { report } from '../log.ts'

/** The app has no inline scripts or styles, so the policy needs no exception. @param sources added by features */
export function securityHeaders({ https }: Config, sources: [directive: string, source: string][]) {
  const more = (directive: string) => sources.flatMap(([of, source]) => (of === directive ? [source] : []))
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'base-uri': ["'none'"],
        'connect-src': ["'self'", ...more('connect-src')],
        'form-action': ["'self'", ...more('form-action')],
        'frame-ancestors': ["'none'"],
        // Pico's check marks and arrows are data: URLs in its style sheet.
        'img-src': ["'self'", 'data:', ...more('img-src')],
        'object-src': ["'none'"],
      },
    },
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: https && { maxAge: 365 * 24 * 60 * 60, includeSubDomains: true },
    xFrameOptions: { action: 'deny' },
  })
}

/** No one else may see a page from a cache, nor with Back after signing out. */
export const neverStored: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store')
  next()
}

/** Refuses cross-site requests (CSRF). Browsers send Sec-Fetch-Site, or at least Origin, so no token is needed. */
export function refuseCrossSite(origin: string): RequestHandler {
  return (req, _res, next) => {
    const [site, from] = [req.get('sec-fetch-site'), req.get('origin')]
    const isSafe = ['GET', 'HEAD', 'OPTIONS'].includes(req.method)
    // "same-site" is another subdomain, which may belong to someone else.
    if (isSafe || (site === undefined ? from === origin : site === 'same-origin')) return next()
    // Usually not an attack: APP_ORIGIN differs from the address people open.
    const facts = { sentFrom: from?.slice(0, 300), appOrigin: origin }
    report(req, { event: 'form.cross-site', level: 'warn', ...facts }, 'Form from another site refused')
    const where = 'This form came from another site, so we ignored it.'
    next(new HttpError(403, `${where} Open the page on this site and try again.`))
  }
}

/** The first cookie with this name, or the empty string. */
export function requestCookie({ headers }: Request, name: string): string {
  const pair = headers.cookie?.split(/; */).find((text) => text.startsWith(`${name}=`))
  try {
    return decodeURIComponent(pair?.slice(name.length + 1) ?? '')
  } catch {
    return ''
  }
}
