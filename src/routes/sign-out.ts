import { Router } from 'express'
import { redirectWithFlash } from '../sessions/flash.ts'
import { endSession } from '../sessions/index.ts'

/** Stands before passport: ending a session needs its id alone. */
export function signOutRoutes(): Router {
  const router = Router()

  router.post('/logout', async (req, res) => {
    if (!req.session.signedInAt) return res.redirect(303, '/')
    await endSession(req)
    await redirectWithFlash(req, res, '/', 'info', 'You are signed out.')
  })

  return router
}
