import { callbackify, promisify } from 'node:util'
import type { Request, RequestHandler, Response } from 'express'
import passport from 'passport'
import { Strategy as LocalStrategy } from 'passport-local'
import { homePath } from '../config.ts'
import { WrongPassword } from '../errors.ts'
import type { Arrival, Hooks } from '../feature.ts'
import { report } from '../log.ts'
import { redirectWithFlash } from '../sessions/flash.ts'
import { endCurrentSession } from '../sessions/index.ts'
import { userReadWith } from '../sessions/store.ts'
import { rememberBrowser } from './known-browser.ts'
import { sendToSignIn } from './sign-in-first.ts'
import { authenticate, type Candidate, findCandidate, findSignedIn, type UserDocument } from './user.ts'

const incorrect = 'Incorrect email address or password.'
/** Shown only after the correct password. */
const disabled = 'This account has been disabled. Contact the people who run this app.'

export function authentication(): RequestHandler[] {
  const form = { usernameField: 'email', passReqToCallback: true } as const
  passport.use(new LocalStrategy(form, callbackify(verify)))
  passport.serializeUser(callbackify(beginSession))
  passport.deserializeUser(callbackify(findUser))
  return [passport.session(), endedSession]
}

/** Gate for private pages; features add more gates. Guests are sent to sign in and come back; programs get 401. */
export const signedInOnly: RequestHandler = (req, res, next) => {
  if (req.user) return req.app.locals.core.hooks.privateGates(req, res, next)
  return sendToSignIn(req, res)
}

export const guestsOnly: RequestHandler = (req, res, next) => {
  if (req.user) return res.redirect(303, homePath)
  next()
}

export function maySignIn({ maySignIn }: Hooks, user: UserDocument): boolean {
  return maySignIn.every((ask) => ask(user))
}

export function currentUser(req: Request): UserDocument {
  if (!req.user) throw new Error('This route is not behind signedInOnly')
  return req.user
}

/** @throws {WrongPassword} with the same message for an unknown email address and an incorrect password */
export async function checkCredentials(
  req: Request,
  res: Response,
  form: { email: string; password: string },
): Promise<UserDocument> {
  // passport-local reads the body itself, and the query string for fields that the body lacks.
  req.body = form
  const authenticate = (done: (error: unknown, user?: Express.User | false | null) => void) =>
    passport.authenticate('local', done)(req, res, done)
  const user = await promisify(authenticate)()
  if (!user) throw new WrongPassword(incorrect)
  return user
}

/** Every sign-in ends here: features may add a step; then the visitor gets a new session and is redirected. */
export async function signIn(
  req: Request,
  res: Response,
  user: UserDocument,
  arrival: Arrival,
): Promise<void> {
  const { hooks, emit, config } = req.app.locals.core
  if (!maySignIn(hooks, user)) throw new WrongPassword(disabled)
  for (const nextStep of hooks.nextStep) {
    const path = await nextStep(req, res, user, arrival)
    if (path) return res.redirect(303, path)
  }
  arrivals.set(req, arrival)
  await promisify((done: (error?: unknown) => void) => req.logIn(user, done))()
  rememberBrowser(req, res, user)
  emit('signedIn', { req, user, arrival })
  res.redirect(303, safeReturnTo(arrival.returnTo, config.origin))
}

export async function signOut(req: Request, res: Response, message: string): Promise<void> {
  const userId = req.session.passport?.user
  await endCurrentSession(req)
  if (userId) {
    report(req, { event: 'sign-out', userId }, 'Signed out')
    req.app.locals.core.emit('signedOut', { req, userId })
  }
  // Clears scripts' storage (OWASP ASVS 14.3.1) but not cookies, because the next page's message needs one.
  res.set('Clear-Site-Data', '"storage"')
  await redirectWithFlash(req, res, '/', 'info', message)
}

/** Only pages of this app. Resolved as browsers do, because `//evil`, `/\evil` and `/%09/evil` lead to another site. */
export function safeReturnTo(asked: string | undefined, origin: string): string {
  if (!asked?.startsWith('/') || !URL.canParse(asked, origin)) return homePath
  const url = new URL(asked, origin)
  const path = url.pathname + url.search
  return url.origin === origin && !path.startsWith('//') ? path : homePath
}

const candidates = new WeakMap<Request, Promise<Candidate | null>>()

/** The user with the email address in the form. Read once per request, for the limits and for passport. */
export function candidate(req: Request, email: string): Promise<Candidate | null> {
  const found = candidates.get(req) ?? findCandidate(email)
  candidates.set(req, found)
  return found
}

async function verify(req: Request, email: string, password: string): Promise<UserDocument> {
  const { hooks, emit } = req.app.locals.core
  const found = await candidate(req, email)
  const user = await authenticate(found, password)
  if (user && maySignIn(hooks, user)) {
    report(req, { event: 'sign-in.accepted', userId: user.id }, 'Signed in')
    return user
  }
  const userId = found?._id.toHexString()
  const reason = user ? 'Correct password for a disabled account' : 'Incorrect email address or password'
  report(req, { event: 'sign-in.refused', level: 'warn', userId }, reason)
  emit('signInRefused', { req, userId })
  throw new WrongPassword(user ? disabled : incorrect)
}

async function findUser(req: Request, id: string): Promise<UserDocument | false> {
  const user = await findSignedIn(id, req.session.epoch, userReadWith(req.session))
  return user && maySignIn(req.app.locals.core.hooks, user) ? user : false
}

const arrivals = new WeakMap<Request, Arrival>()

/** Passport calls this after the new session ID and before the save, so everything is stored in one write. */
async function beginSession(req: Request, { id, epoch }: UserDocument): Promise<string> {
  const { session } = req
  session.epoch = epoch
  session.signedInAt = new Date()
  session.userAgent = (req.get('user-agent') ?? '').slice(0, 300)
  session.address = req.ip ?? ''
  const { by, strong, message, remember } = arrivals.get(req) ?? {}
  if (strong || ['password', 'registration', 'reset', 'change'].includes(by ?? ''))
    session.confirmedAt = session.signedInAt
  if (!remember) session.cookie.expires = null
  if (message) req.flash('success', message)
  return id
}

/** Deletes the session of a user who may no longer be signed in; the request continues as a guest's. */
const endedSession: RequestHandler = async (req, _res, next) => {
  if (req.session.signedInAt && !req.user) await endCurrentSession(req)
  next()
}
