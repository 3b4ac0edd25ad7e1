import type { RequestHandler } from 'express'
import { takeFlash } from '../sessions/flash.ts'

/** What every view may use beside its own values. */
export const locals: RequestHandler = (req, res, next) => {
  res.locals.user = req.user && {
    name: req.user.name,
    email: req.user.email,
    verified: req.user.emailVerifiedAt !== undefined, // mail
  }
  res.locals.path = req.path
  res.locals.takeFlash = () => takeFlash(req)
  next()
}
