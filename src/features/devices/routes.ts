import { type Request, Router } from 'express'
import { currentUser, signOut } from '../../accounts/passport.ts'
import type { Config } from '../../config.ts'
import { HttpError } from '../../errors.ts'
import { report } from '../../log.ts'
import { redirectWithFlash } from '../../sessions/flash.ts'
import { duration, touchAfterMs } from '../../sessions/index.ts'
import { endSessionsOf, liveSessions, Session } from '../../sessions/session.ts'
import { documentOf } from '../../sessions/store.ts'
import { browserName } from './browser-name.ts'

const sessionsPerPage = 50

export function deviceRoutes(config: Config): Router {
  const router = Router()

  router.get('/', async (req, res) => {
    const page = pageNumber(req.query.page)
    const live = { ...liveSessions(currentUser(req).id), 'session.epoch': currentUser(req).epoch }
    const newestFirst = Session.find(live).sort({ 'session.signedInAt': -1 })
    const [sessions, total] = await Promise.all([
      newestFirst
        .skip((page - 1) * sessionsPerPage)
        .limit(sessionsPerPage)
        .lean(),
      Session.countDocuments(live),
    ])
    res.render('devices/show', {
      sessions: sessions.map(({ _id, lastModified, session }) => ({
        id: _id,
        isThisOne: _id === ownId(req),
        browser: browserName(session.userAgent),
        address: session.address,
        signedInAt: session.signedInAt,
        lastSeen: lastModified,
      })),
      total,
      page,
      pages: Math.ceil(total / sessionsPerPage),
      lastSeenLag: duration(touchAfterMs(config)),
    })
  })

  router.post('/end-others', async (req, res) => {
    const ended = await endSessionsOf(currentUser(req).id, { _id: { $ne: ownId(req) } })
    report(req, { event: 'sessions.ended', ended }, 'Ended all other sessions')
    const message =
      ended === 0
        ? 'You had no other sessions.'
        : `Signed out everywhere else. ${ended} session${ended === 1 ? '' : 's'} ended.`
    await redirectWithFlash(req, res, '/sessions', 'success', message)
  })

  router.post('/:id/end', async (req, res) => {
    const { id } = req.params
    if (id === ownId(req)) return signOut(req, res, "You've signed out.")
    // Another user's session and one that never was look the same.
    if ((await endSessionsOf(currentUser(req).id, { _id: id })) === 0) {
      report(req, { event: 'access.refused' }, 'Access to private data refused')
      throw new HttpError(404, 'This session has already ended.')
    }
    report(req, { event: 'session.ended' }, 'Ended a session')
    await redirectWithFlash(req, res, '/sessions', 'success', 'Session ended.')
  })

  return router
}

function ownId(req: Request): string {
  return documentOf(req.session)?._id ?? ''
}

function pageNumber(asked: unknown): number {
  return typeof asked === 'string' && /^[1-9]\d{0,4}$/.test(asked) ? Number(asked) : 1
}
