import { type Request, type Response, Router } from 'express'
import { Types } from 'mongoose'
import { object, string } from 'yup'
import { maySignIn, signIn } from '../../auth/passport.ts'
import { newPassword } from '../../auth/password.ts'
import { email, findByEmail, repairImported, replacePassword } from '../../auth/user.ts'
import type { Core } from '../../feature.ts'
import { report } from '../../log.ts'
import { redirectWithFlash } from '../../sessions/flash.ts'
import { answerForm, emptyForm, parseForm, showForm } from '../../web/forms.ts'
import { fromAddress, limitAttempts, limitAttemptsLater } from '../../web/limits.ts'
import { mailedLink } from './link.ts'
import { resetPassword } from './messages.ts'
import { type Grant, granted, resetEmailsByRecipient, Token } from './token.ts'

const purpose = 'reset-password'
const forgotForm = object({ email, begin: string() })
const resetForm = object({ 'new-password': newPassword })
export const forgotPasswordByAddress = {
  name: 'forgotPasswordByAddress',
  attempts: 20,
  seconds: 60 * 60,
  successCounts: true,
} as const

export function resetRoutes({ config, later, emit, hooks }: Core): Router {
  const router = Router()
  const link = mailedLink(purpose, '/reset-password', 'mail/reset-dead', config)
  later.handle<{ email: string }>('mail.reset', ({ email }) =>
    limitAttemptsLater([resetEmailsByRecipient, email], () => sendReset(email)),
  )
  router.get('/forgot-password', (_req, res) => showForm(res, 'mail/ask', emptyForm))
  router.post('/forgot-password', ask)
  router.get('/forgot-password/sent', (_req, res) => res.render('mail/asked'))
  router.get('/reset-password', link.land, link.liveOnly, (_req, res) =>
    showForm(res, 'mail/reset', emptyForm),
  )
  router.post('/reset-password', link.land, link.liveOnly, reset)
  return router

  /** Looks up the account only after the response, so every email address gets the same response in the same time. */
  async function ask(req: Request, res: Response): Promise<void> {
    const parsed = parseForm(req.body, forgotForm)
    // From the sign-in page, with the email address entered there.
    if (parsed.values.begin) return showForm(res, 'mail/ask', { ...emptyForm, values: parsed.values })
    await answerForm(res, 'mail/ask', parsed, async ({ email }) => {
      await limitAttempts(req, fromAddress(req, forgotPasswordByAddress), async () =>
        later.add('mail.reset', { email }),
      )
      const message = `If ${email} has an account, we'll email you a link, unless we sent you one in the last 10 minutes.`
      await redirectWithFlash(req, res, '/forgot-password/sent', 'info', message)
    })
  }

  async function sendReset(email: string): Promise<void> {
    const found = await findByEmail(email)
    const user = found && maySignIn(hooks, found) ? found : null
    // For an unknown or disabled account too, so that timing and the database don't show the difference. No one gets this token.
    const userId = user?.id ?? new Types.ObjectId().toHexString()
    if (user) await repairImported(user)
    const token = await Token.issue({ purpose, userId, email, sentTo: email, epoch: user?.epoch ?? 0 })
    if (user)
      later.add('mail', {
        to: email,
        message: resetPassword(`${config.origin}/reset-password?token=${token}`),
      })
  }

  /** Ends all of the user's sessions. The link was emailed, so this also confirms the email address. */
  async function reset(req: Request, res: Response): Promise<void> {
    const grant: Grant = res.locals.grant
    const parsed = parseForm(req.body, resetForm, { words: [grant.email, config.appName] })
    await answerForm(res, 'mail/reset', parsed, async ({ 'new-password': next }) => {
      // This increments the epoch, so the link works only once.
      const user = await replacePassword(grant.userId, granted(grant), next, { emailVerifiedAt: new Date() })
      link.forget(res)
      await Token.use(purpose, link.tokenOf(req))
      if (!user) return link.dead(res)
      report(req, { event: 'password.reset', userId: user.id }, 'Set a new password with an emailed link')
      emit('passwordChanged', { req, user, by: 'reset' })
      const message = "Your password has been changed. You've been signed out everywhere else."
      await signIn(req, res, user, { by: 'reset', remember: false, message })
    })
  }
}
