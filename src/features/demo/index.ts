import { type Request, Router } from 'express'
import prettyMs from 'pretty-ms'
import { currentUser } from '../../auth/passport.ts'
import type { Core, Feature } from '../../feature.ts'
import { sessionCookie } from '../../sessions/index.ts'
import { touchAfterMs, ttlIndex } from '../../sessions/session.ts'
import { documentOf } from '../../sessions/store.ts'

/** Shows how sessions work: a tour of your own session, linked on the dashboard, and the benefits on the home page. */
export const demo: Feature = {
  name: 'demo',
  install(core) {
    const { sessionIdleMs, sessionAbsoluteMs } = core.config
    const limits = { idleLimit: duration(sessionIdleMs), absoluteLimit: duration(sessionAbsoluteMs) }
    core.place('frame.head', { view: 'demo/head', when: ({ originalUrl }) => /^\/tour\b/.test(originalUrl) })
    core.place('home.main', { view: 'demo/home', data: () => limits })
    core.place('dashboard.cards', { view: 'demo/card' })
    core.use.private('/tour', tour(core))
  },
}

function tour(core: Core): Router {
  const router = Router()
  router.get('/', (req, res) => res.render('demo/tour', lifeOf(req, core)))
  router.get('/life', (req, res) => void res.json(timesOf(req, core)))
  return router
}

/** For public/demo/life.js, which updates the times in an open tab. */
interface Times {
  lastSeen: Date
  idleEnd: Date
}

function timesOf(req: Request, core: Core): Times {
  const { lastSeen, idleEnd } = lifeOf(req, core)
  return { lastSeen, idleEnd }
}

function lifeOf(req: Request, { config }: Core) {
  const document = documentOf(req.session)
  const { signedInAt } = req.session
  const maxAge = req.session.cookie.originalMaxAge
  if (!document || !signedInAt) throw new Error('A signed-in visitor without a stored session')
  const name = sessionCookie(config)
  return {
    name: currentUser(req).name,
    cookie: {
      name,
      flags: flagsOf(req, config.https),
      kept: maxAge === null ? 'until you close the browser' : `for ${duration(maxAge)} after each visit`,
    },
    document: { ...document, _id: `${document._id.slice(0, 8)}…` },
    signedInAt,
    lastSeen: document.lastModified,
    idleEnd: document.expires,
    absoluteEnd: new Date(signedInAt.getTime() + config.sessionAbsoluteMs),
    lastSeenLag: duration(touchAfterMs(config)),
    timeLeft: (until: Date) => duration(until.getTime() - Date.now()),
    ttlIndex,
    pid: process.pid,
  }
}

function duration(milliseconds: number): string {
  return prettyMs(Math.max(0, milliseconds), { verbose: true, unitCount: 2 })
}

function flagsOf({ session: { cookie } }: Request, https: boolean): string[] {
  const sameSite = String(cookie.sameSite).replace(/^./, (letter) => letter.toUpperCase())
  return [`Path=${cookie.path}`, 'HttpOnly', https ? 'Secure' : '', `SameSite=${sameSite}`].filter(Boolean)
}
