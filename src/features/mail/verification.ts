import { type Request, type RequestHandler, type Response, Router } from 'express'
import { currentUser, signedInOnly } from '../../accounts/passport.ts'
import { User, type UserDocument } from '../../accounts/user.ts'
import { homePath } from '../../config.ts'
import { isDuplicate } from '../../errors.ts'
import type { Core } from '../../feature.ts'
import { report } from '../../log.ts'
import { redirectWithFlash } from '../../sessions/flash.ts'
import { count, network } from '../../web/limits.ts'
import { mailedLink } from './link.ts'
import { confirmEmail, emailTaken } from './messages.ts'
import { type Grant, Token } from './token.ts'

const purpose = 'confirm-email'
export const confirmationMailByAddress = { name: 'confirmationMailByAddress', attempts: 20, seconds: 60 * 60 }
export const tooManyEmails =
  "We've sent several emails in the last hour. Check your spam folder, or try again later."

/** Whom to send a link, and where. */
interface Confirmation {
  userId: string
  email: string
  sentTo: string
  epoch: number
}

/** Makes the link after the response, so that no response tells how long that took. */
export function askToConfirm({ on, later, config }: Core): void {
  later.handle<Confirmation>('mail.confirm', async (confirmation) => {
    const { email, sentTo } = confirmation
    // A new address that has an account: its owner is told, and nothing changes.
    if (sentTo !== email && (await User.exists({ email: sentTo })))
      return later.add('mail', { to: sentTo, message: emailTaken() })
    const token = await Token.issue({ purpose, ...confirmation })
    later.add('mail', { to: sentTo, message: confirmEmail(`${config.origin}/confirm-email?token=${token}`) })
  })
  on('registered', ({ req, user }) => sendConfirmation(req, user, user.email))
}

export function sendConfirmation(
  req: Request,
  { id: userId, email, epoch }: UserDocument,
  sentTo: string,
): void {
  req.app.locals.core.later.add('mail.confirm', { userId, email, sentTo, epoch } satisfies Confirmation)
}

export async function mayAskForConfirmation({ id }: UserDocument): Promise<boolean> {
  return await Token.mayIssue(id, purpose)
}

/** Gate of private pages, where REQUIRE_VERIFIED_EMAIL asks for a confirmed email address. */
export const confirmedOnly: RequestHandler = (req, res, next) => {
  const isOpen = /^\/(account|sessions|verify-email)(\/|$)/.test(req.originalUrl)
  if (isOpen || currentUser(req).emailVerifiedAt) return next()
  res.redirect(303, '/verify-email')
}

/** Confirming an email address: the one someone registered with, or a new one. */
export function verificationRoutes({ config }: Core): Router {
  const router = Router()
  const link = mailedLink(purpose, '/confirm-email', 'mail/confirm-dead', config)
  router.get('/confirm-email', link.land, link.liveOnly, (_req, res) => res.render('mail/confirm'))
  // Open to everyone: the email may be read in a browser that is not signed in.
  router.post('/confirm-email', link.land, link.liveOnly, confirm)
  router.get('/verify-email', signedInOnly, (req, res) =>
    currentUser(req).emailVerifiedAt ? res.redirect(303, homePath) : res.render('mail/wait'),
  )
  router.post('/verify-email', signedInOnly, sendAgain)
  return router

  async function confirm(req: Request, res: Response): Promise<void> {
    const grant: Grant = res.locals.grant
    const user = await confirmGrant(grant)
    link.forget(res)
    await Token.use(purpose, link.tokenOf(req))
    if (!user) return link.dead(res)
    if (user.email !== grant.email) {
      report(req, { event: 'email.changed', userId: user.id }, 'Changed the email address')
      req.app.locals.core.emit('emailChanged', { req, user, formerEmail: grant.email })
    }
    await redirectWithFlash(
      req,
      res,
      req.user ? '/account' : '/login',
      'success',
      `${user.email} is confirmed.`,
    )
  }
}

async function sendAgain(req: Request, res: Response): Promise<void> {
  const user = currentUser(req)
  const reply = (kind: 'success' | 'info', text: string) =>
    redirectWithFlash(req, res, '/account', kind, text)
  if (user.emailVerifiedAt) return await reply('info', `${user.email} is already confirmed.`)
  await count(req, [confirmationMailByAddress, network(req)])
  if (!(await mayAskForConfirmation(user))) return await reply('info', tooManyEmails)
  sendConfirmation(req, user, user.email)
  await reply('success', `We're sending a new email to ${user.email}.`)
}

/** One write confirms the address or puts a new one in its place; undefined when the link no longer fits the user. */
async function confirmGrant({ userId, email, sentTo, epoch }: Grant): Promise<UserDocument | undefined> {
  // A change that someone else asked for ends when the owner sets a new password.
  const condition = { _id: userId, email, ...(sentTo !== email && { epoch }) }
  const update = { email: sentTo, emailVerifiedAt: new Date() }
  try {
    return (await User.findOneAndUpdate(condition, update, { returnDocument: 'after' })) ?? undefined
  } catch (error) {
    // Someone registered with it since the link was made.
    if (isDuplicate(error, 'email')) return undefined
    throw error
  }
}
