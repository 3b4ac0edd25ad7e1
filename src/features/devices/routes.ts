import { type Request, Router } from 'express'
import prettyMs from 'pretty-ms'
import { currentUser, signOut } from '../../auth/passport.ts'
import type { Config } from '../../config.ts'
import { report } from '../../log.ts'
import { redirectWithFlash } from '../../sessions/flash.ts'
import { endUserSessions, liveSessions, Session, touchAfterMs } from '../../sessions/session.ts'
import { documentOf } from '../../sessions/store.ts'
import { browserName } from './browser-name.ts'

const sessionsPerPage = 25

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
    const pages = Math.max(1, Math.ceil(total / sessionsPerPage))
    if (page > pages) return res.redirect(303, pathOf(pages))
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
      pages,
      lastSeenLag: prettyMs(touchAfterMs(config), { verbose: true }),
    })
  })

  router.post('/end-others', async (req, res) => {
    const ended = await endUserSessions(currentUser(req).id, { _id: { $ne: ownId(req) } })
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
    const list = pathOf(pageNumber(req.body?.page))
    if ((await endUserSessions(currentUser(req).id, { _id: id })) > 0) {
      report(req, { event: 'session.ended' }, 'Ended a session')
      return await redirectWithFlash(req, res, list, 'success', 'Session ended.')
    }
    // The response must not show whether it is another user's session.
    report(req, { event: 'access.refused' }, 'Access to private data refused')
    await redirectWithFlash(req, res, list, 'info', 'That session had already ended.')
  })

  return router
}

function ownId(req: Request): string {
  return documentOf(req.session)?._id ?? ''
}

function pathOf(page: number): string {
  return page > 1 ? `/sessions?page=${page}` : '/sessions'
}

function pageNumber(asked: unknown): number {
  return typeof asked === 'string' && /^[1-9]\d{0,4}$/.test(asked) ? Number(asked) : 1
}
