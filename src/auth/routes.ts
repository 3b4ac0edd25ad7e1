import { type Request, type RequestHandler, type Response, Router } from 'express'
import { object, string } from 'yup'
import { HttpError, InvalidFields, TryLater, WrongPassword } from '../errors.ts'
import { report } from '../log.ts'
import { answerForm, parseForm, showForm } from '../web/forms.ts'
import { type Attempt, fromAddress, limitAttempts, network } from '../web/limits.ts'
import { register } from './accounts.ts'
import { hasSignedIn, isKnownBrowser } from './known-browser.ts'
import { candidate, checkCredentials, guestsOnly, signIn, signOut } from './passport.ts'
import { newPassword, password } from './password.ts'
import { formToReturn, reasonToSignIn } from './sign-in-first.ts'
import { email, name, type UserDocument } from './user.ts'

const registerForm = object({ name, email, password: newPassword, returnTo: string() })
const signInForm = object({ email, password, remember: string(), returnTo: string() })

const in15Minutes = { seconds: 15 * 60 }
export const signInByAddress = { ...in15Minutes, name: 'signInByAddress', attempts: 30 }
// Lower than the next, so that one IP address cannot use up an account's attempts for everyone.
export const signInByAddressAndAccount = { ...in15Minutes, name: 'signInByAddressAndAccount', attempts: 5 }
export const signInByAccount = { ...in15Minutes, name: 'signInByAccount', attempts: 10 }
// Replaces these three for browsers that have signed in with the account's current password before.
const insteadOfThese = { ...in15Minutes, successCounts: true, suffices: true } as const
export const signInByKnownBrowsers = { ...insteadOfThese, name: 'signInByKnownBrowsers', attempts: 15 }
const inAnHour = { seconds: 60 * 60, successCounts: true } as const
export const registerByAddress = { ...inAnHour, name: 'registerByAddress', attempts: 30 }

/** After this, registering with an existing account's email address is an error. Milliseconds. */
const repeatedWithinMs = 10 * 60 * 1000

export function accountRoutes(): Router {
  const router = Router()
  router.use(['/register', '/login'], noCredentialsInUrl)
  router.get('/register', guestsOnly, (req, res) => showForm(res, 'auth/register', formToReturn(req)))
  // Also for signed-in users: the credentials they enter decide, and replace their session.
  router.post('/register', createAccount)
  router.get('/login', guestsOnly, (req, res) => {
    // Not an error of the form, so the title doesn't say so.
    res.locals.reason = reasonToSignIn(req)
    showForm(res, 'auth/login', formToReturn(req))
  })
  router.post('/login', logIn)
  return router
}

/** Mounted before passport, because ending a session needs only its ID. */
export function signOutRoute(): Router {
  const router = Router()
  router.post('/logout', async (req, res) => {
    if (req.session.signedInAt) await signOut(req, res, "You've signed out.")
    else res.redirect(303, '/')
  })
  return router
}

async function createAccount(req: Request, res: Response): Promise<void> {
  const { config, hooks, emit } = req.app.locals.core
  const parsed = parseForm(req.body, registerForm, { words: [config.appName] })
  await answerForm(res, 'auth/register', parsed, async ({ returnTo, ...form }) => {
    const made = await limitAttempts(req, fromAddress(req, registerByAddress), () => register(form, hooks))
    if (made) {
      report(req, { event: 'account.registered', userId: made.id }, 'Registered')
      emit('registered', { req, user: made })
    }
    const user = made ?? (await checkNewcomer(req, res, form))
    const how = made
      ? { by: 'registration', message: 'Your account has been created.' }
      : { by: 'password', message: signedIn }
    await signIn(req, res, user, { ...how, remember: true, returnTo })
  })
}

/** When the form is sent again because its response was slow or lost, the visitor is signed in, with the usual limits. */
async function checkNewcomer(
  req: Request,
  res: Response,
  form: { email: string; password: string },
): Promise<UserDocument> {
  const { createdAt } = (await candidate(req, form.email)) ?? {}
  if (Date.now() - Number(createdAt) < repeatedWithinMs) {
    try {
      return await limitAttempts(req, attempts(req, form.email), () => checkCredentials(req, res, form))
    } catch (error) {
      if (!(error instanceof WrongPassword || error instanceof TryLater)) throw error
    }
  }
  throw new InvalidFields({ email: 'An account with this email address already exists. Sign in instead.' })
}

async function logIn(req: Request, res: Response): Promise<void> {
  await answerForm(res, 'auth/login', parseForm(req.body, signInForm), async (form) => {
    const user = await limitAttempts(req, attempts(req, form.email), () => checkCredentials(req, res, form))
    const { remember, returnTo } = form
    await signIn(req, res, user, { by: 'password', remember: remember === 'on', message: signedIn, returnTo })
  })
}

async function* attempts(req: Request, email: string): AsyncGenerator<Attempt> {
  const account = hasSignedIn(req) ? await candidate(req, email) : null
  if (account && isKnownBrowser(req, account))
    yield [signInByKnownBrowsers, `${account._id} ${account.epoch}`]
  yield* fromAddress(req, signInByAddress)
  yield [signInByAddressAndAccount, network(req), email]
  yield [signInByAccount, email]
}

const signedIn = "You're signed in."

/** Query strings end up in browser history and logs. */
const noCredentialsInUrl: RequestHandler = ({ query }, _res, next) => {
  if (!('email' in query || 'password' in query)) return next()
  const text = "Don't put your email address or password in a web address. Enter them in the form."
  next(new HttpError(400, text))
}
