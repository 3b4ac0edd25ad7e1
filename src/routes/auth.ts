import { type Request, type RequestHandler, type Response, Router } from 'express'
import type { Config } from '../config.ts'
import { credentials, emptyForm, type FormState, read, registration } from '../forms.ts'
import { HttpError } from '../http-error.ts'
import type { AccountMails } from '../mail/account-mails.ts' // mail
import { checkCredentials, guestsOnly, signIn } from '../middleware/authentication.ts'
import { InvalidFields } from '../models/field-errors.ts'
import { User } from '../models/user.ts'
import { safeReturnTo } from '../return-to.ts'

/** Register and sign in. Signing out is in sign-out.ts. */
export function authRoutes(
  { appName, origin }: Config,
  mails?: AccountMails, // mail
): Router {
  const router = Router()

  router.use(['/register', '/login'], noCredentialsInUrl)
  router.get('/register', guestsOnly, (req, res) => showForm(req, res, 'auth/register'))
  router.post('/register', guestsOnly, register)
  router.get('/login', guestsOnly, (req, res) => showForm(req, res, 'auth/login'))
  router.post('/login', guestsOnly, logIn)

  return router

  async function register(req: Request, res: Response): Promise<void> {
    const form = read(req.body, registration)
    if (!form.ok) return showAgain(res, 'auth/register', 422, form)
    const { returnTo, ...registered } = form.data
    try {
      const user = await User.register(registered, [appName])
      await signIn(req, user, { message: `Welcome, ${user.name}. Your account is ready.`, remember: true })
      mails?.confirmEmail(res, user) // mail
    } catch (error) {
      if (!(error instanceof InvalidFields)) throw error
      return showAgain(res, 'auth/register', 422, { values: form.values, errors: error.fields })
    }
    res.redirect(303, safeReturnTo(returnTo, origin))
  }

  async function logIn(req: Request, res: Response): Promise<void> {
    const form = read(req.body, credentials)
    if (!form.ok) return showAgain(res, 'auth/login', 422, form)
    req.body = form.data
    const user = await checkCredentials(req, res)
    if (!user) return showAgain(res, 'auth/login', 401, { values: form.values, errors: wrongPassword })
    const { remember, returnTo } = form.data
    await signIn(req, user, { message: `Welcome back, ${user.name}.`, remember: remember === 'on' })
    res.redirect(303, safeReturnTo(returnTo, origin))
  }
}

/** One sentence for an unknown email and a wrong password alike. */
const wrongPassword = { password: 'Wrong email address or password.' }

function showForm(req: Request, res: Response, view: string): void {
  const { returnTo } = req.query
  res.render(view, { ...emptyForm, values: { returnTo: typeof returnTo === 'string' ? returnTo : '' } })
}

function showAgain(res: Response, view: string, status: 401 | 422, { values, errors }: FormState): void {
  res.status(status).render(view, { values, errors })
}

/** What stands in an address ends up in histories and logs, and passport-local would take it. */
const noCredentialsInUrl: RequestHandler = (req, _res, next) => {
  if (!('email' in req.query || 'password' in req.query)) return next()
  next(new HttpError(400, 'Passwords do not belong in an address. Type them into the form.'))
}
