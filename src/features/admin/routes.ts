import { type Request, type RequestHandler, type Response, Router } from 'express'
import { confirmedOnly } from '../../auth/confirm.ts'
import { currentUser } from '../../auth/passport.ts'
import { name, User } from '../../auth/user.ts'
import { HttpError } from '../../errors.ts'
import { report } from '../../log.ts'
import { redirectWithFlash } from '../../sessions/flash.ts'
import { notFound } from '../../web/error-page.ts'
import { type Change, disable, enable, endSessions, makeAdmin, makeMember } from './changes.ts'
import { findPeople, findPerson, isUnconfirmed, type Search } from './people.ts'

const home = '/admin/people'

interface Act {
  change: Change
  /** The event in the log. */
  event: string
  /** Completes the message that begins with the user's name. */
  done: string
  /** The event for other features. */
  tell?: 'disabled' | 'enabled'
}

/** By the last part of the path. */
const acts: Readonly<Record<string, Act>> = {
  disable: { change: disable, event: 'person.disabled', done: 'has been disabled', tell: 'disabled' },
  enable: { change: enable, event: 'person.enabled', done: 'can sign in again', tell: 'enabled' },
  'make-admin': { change: makeAdmin, event: 'person.promoted', done: 'is now an admin' },
  'make-member': { change: makeMember, event: 'person.demoted', done: 'is no longer an admin' },
  'end-sessions': { change: endSessions, event: 'person.signed-out', done: 'has been signed out everywhere' },
}

/** Gate behind signedInOnly: everyone else gets 404. */
export const adminOnly: RequestHandler = (req, res, next) => {
  if (currentUser(req).role === 'admin') return next()
  report(req, { event: 'access.refused' }, 'Access to an admin page refused')
  notFound(req, res, next)
}

export function peopleRoutes(): Router {
  const router = Router()
  router.get('/', showPeople)
  router.get('/:id', showPerson)
  for (const [name, act] of Object.entries(acts)) router.post(`/:id/${name}`, confirmedOnly, perform(act))
  return router
}

async function showPeople({ query }: Request, res: Response): Promise<void> {
  const search = searchIn(query)
  const after = String(query.after ?? '')
  const { people, next } = await findPeople(search, after)
  const total = search || after ? undefined : await User.estimatedDocumentCount()
  res.render('admin/people', { people, search, total, isFirst: !after, next })
}

async function showPerson(req: Request<{ id: string }>, res: Response): Promise<void> {
  const person = await findPerson(req.params.id)
  if (!person) throw new HttpError(404, "We can't find that account. It may have been deleted.")
  res.render('admin/person', { person, isYou: person.id === currentUser(req).id, isUnconfirmed })
}

function perform({ change, event, done, tell }: Act): RequestHandler<{ id: string }> {
  return async (req, res) => {
    const person = await findPerson(req.params.id)
    if (!person) throw new HttpError(404, "We can't find that account. It may have been deleted.")
    const user = await change(person.id, currentUser(req).id)
    const page = `${home}/${person.id}`
    if (!user)
      return await redirectWithFlash(
        req,
        res,
        page,
        'info',
        'There was nothing to change. Below is the account as it is now.',
      )
    report(req, { event, personId: user.id }, 'An admin changed an account')
    if (tell) req.app.locals.core.emit(tell, { req, user })
    await redirectWithFlash(req, res, page, 'success', `${user.name} ${done}.`)
  }
}

function searchIn({ by, search }: Request['query']): Search | undefined {
  const start = name.cast(typeof search === 'string' ? search.slice(0, 254) : '')
  return start ? { by: by === 'name' ? 'name' : 'email', start } : undefined
}
