import type { Request, RequestHandler } from 'express'
import helmet from 'helmet'
import type { Config } from '../config.ts'
import { HttpError } from '../errors.ts'
import { report } from '../log.ts'

/** No inline script or style anywhere, so the policy needs no exception. @param sources beside the app's own */
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
        // Pico draws its check marks and arrows from data: addresses inside its style sheet.
        'img-src': ["'self'", 'data:', ...more('img-src')],
        'object-src': ["'none'"],
      },
    },
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: https && { maxAge: 365 * 24 * 60 * 60, includeSubDomains: true },
    xFrameOptions: { action: 'deny' },
  })
}

/** For pages: what one person sees must not come out of a cache for the next, nor by Back after signing out. */
export const neverStored: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store')
  next()
}

/**
 * Refuses what another site sends in a visitor's name (CSRF). Browsers say where a request comes from, so no token is
 * needed: Sec-Fetch-Site, or Origin from browsers and addresses without it. @param origin the app's own
 */
export function refuseCrossSite(origin: string): RequestHandler {
  return (req, _res, next) => {
    const [site, from] = [req.get('sec-fetch-site'), req.get('origin')]
    const isSafe = ['GET', 'HEAD', 'OPTIONS'].includes(req.method)
    // "same-site" is another subdomain, which may belong to someone else.
    if (isSafe || (site === undefined ? from === origin : site === 'same-origin')) return next()
    // Most often not an attack but an APP_ORIGIN that is not the address people open.
    const facts = { sentFrom: from?.slice(0, 300), appOrigin: origin }
    report(req, { event: 'form.cross-site', level: 'warn', ...facts }, 'Form from another site refused')
    const where = 'This form came from another site, so we ignored it.'
    next(new HttpError(403, `${where} Open the page on this site and try again.`))
  }
}

/** The value of a cookie, or the empty string: of a name that came twice, the first. */
export function requestCookie({ headers }: Request, name: string): string {
  const pair = headers.cookie?.split(/; */).find((text) => text.startsWith(`${name}=`))
  try {
    return decodeURIComponent(pair?.slice(name.length + 1) ?? '')
  } catch {
    return ''
  }
}
