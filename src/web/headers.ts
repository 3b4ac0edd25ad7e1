import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Request, RequestHandler } from 'express'
import helmet from 'helmet'
import type { Config } from '../config.ts'
import { HttpError } from '../errors.ts'
import { report } from '../log.ts'

const yearSeconds = 365 * 24 * 60 * 60

/** Sources by directive, beside the app's own. */
export type Sources = Readonly<Partial<Record<string, string[]>>>

/** Security headers for every response. No inline script or style anywhere, so the policy needs no exception. */
export function securityHeaders({ https }: Pick<Config, 'https'>, sources: Sources): RequestHandler {
  const more = (directive: string) => sources[directive] ?? []
  const setHeaders = helmet({
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
    strictTransportSecurity: https && { maxAge: yearSeconds, includeSubDomains: true },
    xFrameOptions: { action: 'deny' },
  })
  // The same for every response, so that helmet is asked once.
  const recorded = new ServerResponse(new IncomingMessage(new Socket()))
  setHeaders(recorded.req, recorded, () => {})
  const headers = Object.entries(recorded.getHeaders())
  return (_req, res, next) => {
    for (const [name, value = ''] of headers) res.setHeader(name, value)
    next()
  }
}

/** For pages: what one person sees must not come out of a cache for the next, nor by Back after signing out. */
export const neverStored: RequestHandler = (_req, res, next) => {
  res.set('Cache-Control', 'no-store')
  next()
}

/**
 * Refuses what another site sends in a visitor's name (CSRF). Browsers say where a request comes from, so no token is
 * needed: Sec-Fetch-Site, or Origin from browsers and addresses without it; with neither it is refused.
 * https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html#fetch-metadata-headers
 * @param origin the app's own, such as https://app.example.com
 */
export function refuseCrossSite(origin: string): RequestHandler {
  return (req, _res, next) => {
    const [site, from] = [req.get('sec-fetch-site'), req.get('origin')]
    // "same-site" is another subdomain, which may belong to someone else.
    if (isSafe(req.method) || (site === undefined ? from === origin : site === 'same-origin')) return next()
    // Most often not an attack but an APP_ORIGIN that is not the address people open.
    const event = { event: 'form.cross-site', level: 'warn', sentFrom: from, appOrigin: origin } as const
    report(req, event, 'Form from another site refused')
    next(
      new HttpError(
        403,
        'This form came from another site, so we ignored it. Open the page on this site and try again.',
      ),
    )
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

function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}
