import { Router } from 'express'
import type { Config } from '../config.ts'
import { currentUser } from '../middleware/authentication.ts'
import { ttlIndex } from '../models/session.ts'
import type { Sessions } from '../sessions/index.ts'

/** The session set-up end to end, shown with the visitor's own session. */
export function dashboardRoutes(
  { sessionAbsoluteMs }: Config,
  { store, cookieName, cookie }: Sessions,
): Router {
  const router = Router()

  router.get('/', (req, res) => {
    const document = store.documentOf(req.session)
    const signedInAt = req.session.signedInAt
    if (!document || !signedInAt) throw new Error('A signed-in visitor without a stored session')
    res.render('dashboard/show', {
      name: currentUser(req).name,
      cookie: { ...cookie, name: cookieName, endsWithBrowser: req.session.cookie.originalMaxAge === null },
      document: JSON.stringify({ ...document, _id: `${document._id.slice(0, 8)}…` }, null, 2),
      signedInAt,
      lastSeen: document.lastModified,
      idleEnd: document.expires,
      absoluteEnd: new Date(signedInAt.getTime() + sessionAbsoluteMs),
      ttlIndex,
      pid: process.pid,
    })
  })

  return router
}
