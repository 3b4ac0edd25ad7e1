import { type Request, type RequestHandler, type Response, Router } from 'express'
import { object, string } from 'yup'
import { currentUser, safeReturnTo, signedInOnly } from '../../auth/passport.ts'
import { findByEmail, User, type UserDocument } from '../../auth/user.ts'
import { homePath } from '../../config.ts'
import { HttpError, isDuplicate } from '../../errors.ts'
import type { Core } from '../../feature.ts'
import { report } from '../../log.ts'
import { redirectWithFlash } from '../../sessions/flash.ts'
import { wantsJson } from '../../web/error-page.ts'
import { answerForm, emptyForm, parseForm, showForm } from '../../web/forms.ts'
import { fromAddress, limitAttempts, limitAttemptsLater } from '../../web/limits.ts'
import { mailedLink } from './link.ts'
import { confirmEmail, emailTaken } from './messages.ts'
import { emailsByRecipient, type Grant, granted, Token } from './token.ts'

const purpose = 'confirm-email'
const anHour = { seconds: 60 * 60, successCounts: true } as const
export const confirmationMailByAddress = { ...anHour, name: 'confirmationMailByAddress', attempts: 20 }
/** Not counting the email sent on registration. */
export const confirmationMailByAccount = { ...anHour, name: 'confirmationMailByAccount', attempts: 4 }

interface Confirmation {
  userId: string
  email: string
  sentTo: string
  epoch: number
}

/** Creates the link after the response, so that its timing shows nothing. */
export function askToConfirm({ on, later, config }: Core): void {
  later.handle<Confirmation>('mail.confirm', (confirmation) =>
    limitAttemptsLater([emailsByRecipient, confirmation.sentTo], () => send(confirmation)),
  )
  on('registered', ({ req, user }) => sendConfirmation(req, user, user.email))

  async function send(confirmation: Confirmation): Promise<void> {
    const { email, sentTo } = confirmation
    // If the new address belongs to another account, its owner is told and nothing changes.
    if (sentTo !== email && (await findByEmail(sentTo)))
      return later.add('mail', { to: sentTo, message: emailTaken() })
    const token = await Token.issue({ purpose, ...confirmation })
    later.add('mail', {
      to: sentTo,
      message: confirmEmail(`${config.origin}/confirm-email?token=${token}`, config.appName),
    })
  }
}

function sendConfirmation(req: Request, { id: userId, email, epoch }: UserDocument, sentTo: string): void {
  req.app.locals.core.later.add('mail.confirm', { userId, email, sentTo, epoch } satisfies Confirmation)
}

/** @param sentTo the user's email address, or a new one @throws {TryLater} 429 */
export async function askForConfirmation(req: Request, sentTo: string): Promise<void> {
  const user = currentUser(req)
  const counted = [
    ...fromAddress(req, confirmationMailByAddress),
    [confirmationMailByAccount, user.id] as const,
  ]
  await limitAttempts(req, counted, async () => sendConfirmation(req, user, sentTo))
}

/** Gate for private pages, if REQUIRE_VERIFIED_EMAIL is true. */
export const verifiedOnly: RequestHandler = (req, res, next) => {
  const isOpen = /^\/(account|sessions|verify-email)([/?]|$)/.test(req.originalUrl)
  if (isOpen || currentUser(req).emailVerifiedAt) return next()
  if (wantsJson(req))
    throw new HttpError(403, 'Go to /verify-email to confirm your email address, then try again.')
  res.redirect(303, '/verify-email')
}

export function verificationRoutes({ config }: Core): Router {
  const router = Router()
  const link = mailedLink(purpose, '/confirm-email', 'mail/confirm-dead', config)
  router.get('/confirm-email', link.land, link.liveOnly, (req, res) =>
    res.render('mail/confirm', { isOwner: isOwner(req, res) }),
  )
  router.post('/confirm-email', link.land, link.liveOnly, confirm)
  router.get('/verify-email', signedInOnly, (req, res) => {
    if (currentUser(req).emailVerifiedAt) return res.redirect(303, homePath)
    res.locals.isSent = req.query.sent === 'on'
    showForm(res, 'mail/wait', emptyForm)
  })
  router.post('/verify-email', signedInOnly, sendAgain)
  return router

  async function confirm(req: Request, res: Response): Promise<void> {
    const grant: Grant = res.locals.grant
    if (!isOwner(req, res)) return res.redirect(303, '/confirm-email')
    const user = await confirmGrant(grant)
    link.forget(res)
    await Token.use(purpose, link.tokenOf(req))
    if (!user) return link.dead(res)
    if (user.email !== grant.email) {
      report(req, { event: 'email.changed', userId: user.id }, 'Changed the email address')
      req.app.locals.core.emit('emailChanged', { req, user, formerEmail: grant.email })
    }
    await redirectWithFlash(req, res, '/account', 'success', `${user.email} is confirmed.`)
  }
}

/** Someone else may have registered with the address, and its real owner must not confirm it for them. */
function isOwner({ user }: Request, res: Response): boolean {
  return user?.id === res.locals.grant.userId
}

async function sendAgain(req: Request, res: Response): Promise<void> {
  const user = currentUser(req)
  const form = parseForm(req.body, object({ returnTo: string() }))
  const page = safeReturnTo(form.values.returnTo, req.app.locals.core.config.origin)
  if (user.emailVerifiedAt)
    return await redirectWithFlash(req, res, page, 'info', `${user.email} is already confirmed.`)
  await answerForm(res, 'mail/wait', form, async () => {
    await askForConfirmation(req, user.email)
    // The page shows this in place of the reminder.
    res.redirect(303, `${page.split('?', 1)[0]}?sent=on`)
  })
}

/** Confirms or changes the email address in one write. @returns undefined if the link no longer applies to the user */
async function confirmGrant(grant: Grant): Promise<UserDocument | undefined> {
  const update = { email: grant.sentTo, emailVerifiedAt: new Date(), $unset: { pendingEmail: 1 } }
  try {
    return (await User.findOneAndUpdate(granted(grant), update, { returnDocument: 'after' })) ?? undefined
  } catch (error) {
    // Someone has registered with the address since the link was created.
    if (isDuplicate(error, 'email')) return undefined
    throw error
  }
}
