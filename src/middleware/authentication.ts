import type { Request, RequestHandler, Response } from 'express'
import passport from 'passport'
import { Strategy as LocalStrategy } from 'passport-local'
import { events } from '../events.ts'
import { WrongPassword } from '../models/field-errors.ts'
import { User, type UserDocument } from '../models/user.ts'
import { report } from '../security-events.ts'
import { expireSession } from '../sessions/index.ts'
import { HardenedStore } from '../sessions/store.ts'

type Deserialized = (error: unknown, user?: UserDocument | false) => void

interface Arrival {
  /** Shown on the first page after the sign-in. */
  message: string
  /** Two weeks; otherwise the cookie ends with the browser. */
  remember: boolean
}

/** Puts the signed-in person of a session on the request. */
export function authentication(): RequestHandler[] {
  passport.use(
    new LocalStrategy(
      { usernameField: 'email', passReqToCallback: true },
      (req: Request, email, password, done) => {
        User.authenticate(email, password).then(({ user, refusedId }) => {
          events.emit('signIn', user ? 'accepted' : 'refused')
          report(req, user ? 'sign-in.accepted' : 'sign-in.refused', { userId: user?.id ?? refusedId })
          done(null, user ?? false)
        }, done)
      },
    ),
  )
  passport.serializeUser((req: Request, user: UserDocument, done: (error: null, id: string) => void) => {
    describeArrival(req, user)
    done(null, user.id)
  })
  passport.deserializeUser((req: Request, id: string, done: Deserialized) => {
    findUser(req, id).then((user) => done(null, user ?? false), done)
  })
  return [passport.session(), endSessionOfNobody]
}

/**
 * The person whose email and password the form holds.
 * Validate the body first: passport-local looks into the query string for what the body lacks.
 * @throws {WrongPassword} with one sentence for an unknown email and a wrong password alike
 */
export function checkCredentials(req: Request, res: Response): Promise<UserDocument> {
  return new Promise((resolve, reject) => {
    const done = (error: unknown, user?: Express.User | false | null) => {
      if (user) resolve(user)
      else reject(error ?? new WrongPassword('Wrong email address or password.'))
    }
    passport.authenticate('local', done)(req, res, reject)
  })
}

/** Gives the visitor a new session with a new id, stored before this returns. */
export function signIn(req: Request, user: UserDocument, arrival: Arrival): Promise<void> {
  arrivals.set(req, arrival)
  return new Promise((resolve, reject) => {
    req.logIn(user, (error: unknown) => (error ? reject(error) : resolve()))
  })
}

/** Characters. */
const longestReturnTo = 2_000

/** Gate for private pages: a guest is sent to sign in, and comes back to the page asked for. */
export const signedInOnly: RequestHandler = (req, res, next) => {
  if (req.user) return next()
  report(req, 'access.refused')
  // A longer one would not fit into the next request.
  const mayReturn = req.method === 'GET' && req.originalUrl.length <= longestReturnTo
  const returnTo = mayReturn ? `?returnTo=${encodeURIComponent(req.originalUrl)}` : ''
  res.redirect(303, `/login${returnTo}`)
}

/** Gate for the forms that make no sense to someone who is signed in. */
export const guestsOnly: RequestHandler = (req, res, next) => {
  if (req.user) return res.redirect(303, '/dashboard')
  next()
}

/** The signed-in person, behind signedInOnly. */
export function currentUser(req: Request): UserDocument {
  if (!req.user) throw new Error('This route stands outside signedInOnly')
  return req.user
}

async function findUser({ session, sessionStore }: Request, id: string): Promise<UserDocument | null> {
  const epoch = session.epoch ?? 0
  if (sessionStore instanceof HardenedStore) return User.signedIn(sessionStore.userOf(session), epoch)
  // Another store, such as one for Redis, knows no users.
  return await User.findSignedIn(id, epoch)
}

const arrivals = new WeakMap<Request, Arrival>()

/** Passport calls this between the new session id and the save, so all of it goes into that one write. */
function describeArrival(req: Request, { epoch }: UserDocument): void {
  const { session } = req
  session.epoch = epoch
  session.signedInAt = new Date()
  session.userAgent = (req.get('user-agent') ?? '').slice(0, 300)
  session.address = req.ip ?? ''
  const { message, remember } = arrivals.get(req) ?? {}
  if (!remember) session.cookie.expires = null
  if (message) req.flash('success', message)
}

/** The account is gone or has a new password: so is its session, here and in the collection. */
const endSessionOfNobody: RequestHandler = (req, _res, next) => {
  if (req.session.signedInAt && !req.user) expireSession(req)
  next()
}
