import type { RequestHandler } from 'express'
import { HttpError } from '../http-error.ts'
import { report } from '../security-events.ts'

/**
 * Refuses forms that another site sends in a visitor's name (CSRF). Browsers say where a request comes from, so no
 * token is needed: Sec-Fetch-Site, or Origin from browsers and addresses without it; with neither it is refused.
 * https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html#fetch-metadata-headers
 * @param origin the app's own, such as https://app.example.com
 */
export function refuseCrossSiteForms(origin: string): RequestHandler {
  return (req, _res, next) => {
    if (isSafe(req.method) || isFromHere(req.get('sec-fetch-site'), req.get('origin'), origin)) return next()
    // Most often not an attack but an APP_ORIGIN that is not the address people open.
    report(req, 'form.cross-site', { sentFrom: req.get('origin'), appOrigin: origin })
    next(
      new HttpError(
        403,
        'This form was sent from another site, so nothing was done. Open the page here and try again.',
      ),
    )
  }
}

function isSafe(method: string): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}

function isFromHere(fetchSite: string | undefined, sentFrom: string | undefined, origin: string): boolean {
  // "same-site" is another subdomain, which may belong to somebody else.
  return fetchSite === undefined ? sentFrom === origin : fetchSite === 'same-origin'
}
