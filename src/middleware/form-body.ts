import { type RequestHandler, urlencoded } from 'express'
import { HttpError } from '../http-error.ts'

const parse = urlencoded({ extended: false, inflate: false, limit: '16kb', parameterLimit: 50 })

/** Bodies are forms, small ones; anything else is refused before it is read (415, 413). */
export const formBody: RequestHandler = (req, res, next) => {
  // A form without a field may come without a type.
  if (req.get('content-type') !== undefined && req.is('application/x-www-form-urlencoded') === false) {
    return next(new HttpError(415, 'This address takes forms only (application/x-www-form-urlencoded).'))
  }
  parse(req, res, next)
}
