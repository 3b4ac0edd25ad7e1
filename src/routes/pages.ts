import { Router } from 'express'

/** Pages for everybody. */
export function pageRoutes(): Router {
  const router = Router()

  router.get('/', (_req, res) => res.render('pages/home'))

  return router
}
