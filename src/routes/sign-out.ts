import { Router } from 'express'
import { report } from '../security-events.ts'
import { redirectWithFlash } from '../sessions/flash.ts'
import { endSession } from '../sessions/index.ts'

/**
 * Scripts' storage, should a page of yours ever use it (OWASP ASVS 14.3.1). Not cookies: the next page's message needs one, and a
 * browser that is known stays so. Not the cache: pages are never in it.
 */
const clearSiteData = '"storage"'

/** Stands before passport: ending a session needs its id alone. */
export function signOutRoutes(): Router {
  const router = Router()

  router.post('/logout', async (req, res) => {
    if (!req.session.signedInAt) return res.redirect(303, '/')
    report(req, 'sign-out', { userId: req.session.passport?.user })
    await endSession(req)
    res.set('Clear-Site-Data', clearSiteData)
    await redirectWithFlash(req, res, '/', 'info', 'You are signed out.')
  })

  return router
}
