import { Router } from 'express'
import { currentUser, signedInOnly } from '../auth/passport.ts'
import { homePath } from '../config.ts'

/** Your product starts here: its first page is views/dashboard/show.ejs. */
export function dashboardRoutes(): Router {
  const router = Router()
  router.get(homePath, signedInOnly, (req, res) =>
    res.render('dashboard/show', { name: currentUser(req).name }),
  )
  return router
}
