import { type Request, type RequestHandler, type Response, Router } from 'express'
import { object, string } from 'yup'
import { HttpError } from '../errors.ts'
import { saveSession } from '../sessions/index.ts'
import { wantsJson } from '../web/error-page.ts'
import { answerForm, emptyForm, parseForm, showForm } from '../web/forms.ts'
import { limitAttempts } from '../web/limits.ts'
import { currentUser, safeReturnTo, signedInOnly } from './passport.ts'
import { password } from './password.ts'
import { formToReturn, typedIn } from './sign-in-first.ts'
import { checkPassword } from './user.ts'

const confirmedForMs = 10 * 60 * 1000

/** Counted per session, so that a stolen session can't use up the owner's attempts. */
export const passwordAgainBySession = { name: 'passwordAgainBySession', attempts: 10, seconds: 15 * 60 }

const own = { way: string(), returnTo: string(), again: string() }
const byPassword = object({ ...own, password })
const byAnotherWay = object(own)

/** Gate behind signedInOnly: asks "Is it you?" unless this session signed in with the password or confirmed in the last ten minutes. */
export const confirmedOnly: RequestHandler = (req, res, next) => {
  if (Date.now() - Number(req.session.confirmedAt ?? 0) < confirmedForMs) {
    // Sent again by /confirm, whose own fields, such as the password, don't belong to this form.
    const { way, again } = Object(req.body)
    if (way && again === 'on') for (const name of Object.keys(byPassword.fields)) delete req.body[name]
    return next()
  }
  if (wantsJson(req)) throw new HttpError(403, "Go to /confirm to confirm that it's you, then try again.")
  const returnTo = req.originalUrl
  if (req.method === 'GET') return res.redirect(303, `/confirm?returnTo=${encodeURIComponent(returnTo)}`)
  res.locals.typed = typedIn(req.body, own)
  showForm(res, view, { ...emptyForm, values: { returnTo, again: 'on' } }, 401)
}

export function confirmRoutes(): Router {
  const router = Router()
  router.get('/confirm', signedInOnly, (req, res) => showForm(res, view, formToReturn(req)))
  router.post('/confirm', signedInOnly, confirm)
  return router
}

const view = 'confirm/show'

async function confirm(req: Request, res: Response): Promise<void> {
  const { hooks, config } = req.app.locals.core
  const user = currentUser(req)
  const way = hooks.confirmWays.find(({ name }) => name === req.body?.way)
  if (req.body?.again === 'on') res.locals.typed = typedIn(req.body, own)
  await answerForm(res, view, parseForm(req.body, way ? byAnotherWay : byPassword), async (form) => {
    await limitAttempts(req, [[passwordAgainBySession, req.sessionID]], async () => {
      if (way) await way.check(req, user)
      else await checkPassword(user, 'password' in form ? String(form.password) : '')
    })
    req.session.confirmedAt = new Date()
    await saveSession(req)
    // 307 makes the browser send the form's fields again.
    res.redirect(form.again === 'on' ? 307 : 303, safeReturnTo(form.returnTo, config.origin))
  })
}
