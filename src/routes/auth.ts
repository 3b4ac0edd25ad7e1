import { type Request, type RequestHandler, type Response, Router } from 'express'
import type { Config } from '../config.ts'
import { credentials, emptyForm, read, registration } from '../forms.ts'
import { HttpError } from '../http-error.ts'
import type { AccountMails } from '../mail/account-mails.ts' // mail
import { checkCredentials, guestsOnly, signIn } from '../middleware/authentication.ts'
import { answerForm } from '../middleware/form-page.ts'
import type { RateLimits } from '../middleware/rate-limit.ts'
import { User } from '../models/user.ts'
import { safeReturnTo } from '../return-to.ts'
import { report } from '../security-events.ts'

/** Register and sign in. Signing out is in sign-out.ts. */
export function authRoutes(
  { appName, origin }: Config,
  limits: RateLimits,
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
    await answerForm(
      res,
      'auth/register',
      read(req.body, registration),
      async ({ returnTo, ...registered }) => {
        const user = await limits.register(req, () => User.register(registered, [appName]))
        report(req, 'account.registered', { userId: user.id })
        await signIn(req, user, { message: `Welcome, ${user.name}. Your account is ready.`, remember: true })
        limits.signedIn(req, res, user.email)
        mails?.confirmEmail(res, user) // mail
        res.redirect(303, safeReturnTo(returnTo, origin))
      },
    )
  }

  async function logIn(req: Request, res: Response): Promise<void> {
    await answerForm(res, 'auth/login', read(req.body, credentials), async (data) => {
      // For passport-local, which reads the body itself.
      req.body = data
      const user = await limits.signIn(req, data.email, () => checkCredentials(req, res))
      await signIn(req, user, { message: `Welcome back, ${user.name}.`, remember: data.remember === 'on' })
      limits.signedIn(req, res, user.email)
      res.redirect(303, safeReturnTo(data.returnTo, origin))
    })
  }
}

function showForm(req: Request, res: Response, view: string): void {
  const { returnTo } = req.query
  res.render(view, { ...emptyForm, values: { returnTo: typeof returnTo === 'string' ? returnTo : '' } })
}

/** What stands in an address ends up in histories and logs, and passport-local would take it. */
const noCredentialsInUrl: RequestHandler = (req, _res, next) => {
  if (!('email' in req.query || 'password' in req.query)) return next()
  next(new HttpError(400, 'Passwords do not belong in an address. Type them into the form.'))
}
