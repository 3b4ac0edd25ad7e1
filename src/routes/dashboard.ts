import { Router } from 'express'
import type { Config } from '../config.ts'
import { currentUser } from '../middleware/authentication.ts'
import { ttlIndex } from '../models/session.ts'
import type { Sessions } from '../sessions/index.ts'
import { duration } from '../time-left.ts'

/** The session set-up end to end, shown with the visitor's own session. */
export function dashboardRoutes({ sessionAbsoluteMs }: Config, { store, cookieName }: Sessions): Router {
  const router = Router()

  router.get('/', (req, res) => {
    const document = store.documentOf(req.session)
    const { signedInAt } = req.session
    const maxAge = req.session.cookie.originalMaxAge
    if (!document || !signedInAt) throw new Error('A signed-in visitor without a stored session')
    res.render('dashboard/show', {
      name: currentUser(req).name,
      cookie: {
        name: cookieName,
        flags: flagsOf(req.session.cookie.serialize(cookieName, '')),
        kept: maxAge === null ? 'until you close the browser' : `${duration(maxAge)} after each visit`,
      },
      document: { ...document, _id: `${document._id.slice(0, 8)}…` },
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

/** "sid=; Path=/; Expires=…; HttpOnly; SameSite=Lax" without its name and its end. */
function flagsOf(setCookie: string): string[] {
  const [, ...attributes] = setCookie.split('; ')
  return attributes.filter((attribute) => !attribute.startsWith('Expires='))
}
