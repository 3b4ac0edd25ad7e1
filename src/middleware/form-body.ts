import { type RequestHandler, urlencoded } from 'express'
import { HttpError } from '../http-error.ts'

/** Bytes. */
const limit = 16 * 1024

const parse = urlencoded({
  extended: false,
  inflate: false,
  limit,
  parameterLimit: 50,
  verify: refusePrototypeKeys,
})

/** Bodies are forms, small ones; anything else is refused before it is read (415, 413). */
export const formBody: RequestHandler = (req, res, next) => {
  // A form without a field may come without a type.
  if (req.get('content-type') !== undefined && req.is('application/x-www-form-urlencoded') === false) {
    return next(new HttpError(415, 'This address takes forms only (application/x-www-form-urlencoded).'))
  }
  // By itself the parser first reads to its end what it refuses.
  if (Number(req.get('content-length')) > limit) {
    return next(new HttpError(413, 'The form is larger than this page takes.'))
  }
  parse(req, res, next)
}

/** The parser leaves such a key out without a word, so forms.ts never sees it. */
function refusePrototypeKeys(_req: unknown, _res: unknown, body: Buffer): void {
  for (const name of new URLSearchParams(body.toString()).keys()) {
    if (name.includes('__proto__'))
      throw new HttpError(400, 'A field of the form has a name that no form has.')
  }
}
