import { type Request, Router } from 'express'
import { browserName } from '../browser-name.ts'
import { HttpError } from '../http-error.ts'
import { currentUser } from '../middleware/authentication.ts'
import { Session, sessionsPerPage } from '../models/session.ts'
import { report } from '../security-events.ts'
import { redirectWithFlash } from '../sessions/flash.ts'
import { endSession, type Sessions } from '../sessions/index.ts'

/** Where you are signed in: see it, end one, end all others. */
export function sessionRoutes({ store }: Sessions): Router {
  const router = Router()

  router.get('/', async (req, res) => {
    const page = pageNumber(req.query.page)
    const { sessions, total } = await Session.listFor(currentUser(req).id, page)
    res.render('sessions/index', {
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
    })
  })

  router.post('/end-others', async (req, res) => {
    const ended = await Session.endOthers(currentUser(req).id, ownId(req))
    report(req, 'sessions.ended', { ended })
    const message =
      ended === 0 ? 'There was no other session.' : `Signed out everywhere else: ${counted(ended)} ended.`
    await redirectWithFlash(req, res, '/sessions', 'success', message)
  })

  router.post('/:id/end', async (req, res) => {
    const { id } = req.params
    if (id === ownId(req)) {
      report(req, 'sign-out')
      await endSession(req)
      return redirectWithFlash(req, res, '/', 'info', 'You are signed out.')
    }
    // Another person's session and one that never was look the same.
    if (!(await Session.end(currentUser(req).id, id))) {
      report(req, 'access.refused')
      throw new HttpError(404, 'This session has ended already.')
    }
    report(req, 'session.ended')
    await redirectWithFlash(
      req,
      res,
      '/sessions',
      'success',
      'That session has ended. It is signed out from now on.',
    )
  })

  return router

  function ownId(req: Request): string {
    return store.documentOf(req.session)?._id ?? ''
  }
}

function pageNumber(asked: unknown): number {
  const page = typeof asked === 'string' && /^[1-9]\d{0,4}$/.test(asked) ? Number(asked) : 1
  return page
}

function counted(sessions: number): string {
  return sessions === 1 ? 'one session has' : `${sessions} sessions have`
}
