import type { RequestHandler } from 'express'

/** A page that throws: /broken. */
export const brokenPage: RequestHandler = (req, _res, next) => {
  if (req.path !== '/broken') return next()
  throw new TypeError('Broken on purpose at mongodb://ada:pass-of-ada@db.example/app')
}
