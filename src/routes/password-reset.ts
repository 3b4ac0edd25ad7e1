import { type Request, type Response, Router } from 'express'
import type { Config } from '../config.ts'
import { emptyForm, forgetting, freshPassword, read } from '../forms.ts'
import type { AccountMails } from '../mail/account-mails.ts'
import { signIn } from '../middleware/authentication.ts'
import { answerForm } from '../middleware/form-page.ts'
import { mailedLink } from '../middleware/mailed-link.ts'
import type { RateLimits } from '../middleware/rate-limit.ts'
import { resetPassword } from '../models/password-reset.ts'
import { Token } from '../models/token.ts'
import { report } from '../security-events.ts'
import { redirectWithFlash } from '../sessions/flash.ts'

/** A new password by mail, for whoever forgot theirs. */
export function passwordResetRoutes(config: Config, limits: RateLimits, mails: AccountMails): Router {
  const router = Router()
  const link = mailedLink('/reset-password', config)

  router.get('/forgot-password', (_req, res) => res.render('password-reset/ask', emptyForm))
  router.post('/forgot-password', ask)
  router.get('/reset-password', link.land, liveLinkOnly, (_req, res) =>
    res.render('password-reset/new', emptyForm),
  )
  router.post('/reset-password', link.land, liveLinkOnly, reset)

  return router

  /** The same answer after the same work for every address: whether it is anybody's is looked up later. */
  async function ask(req: Request, res: Response): Promise<void> {
    await answerForm(res, 'password-reset/ask', read(req.body, forgetting), async ({ email }) => {
      await limits.forgotPassword(req)
      mails.resetPassword(res, email)
      const message = `If ${email} has an account here, a mail is on its way. Its link works for 10 minutes.`
      await redirectWithFlash(req, res, '/forgot-password', 'info', message)
    })
  }

  async function reset(req: Request, res: Response): Promise<void> {
    await answerForm(res, 'password-reset/new', read(req.body, freshPassword), async (data) => {
      const user = await limits.resetPassword(req, () =>
        resetPassword(link.tokenOf(req), data['new-password'], [config.appName]),
      )
      link.forget(res)
      if (!user) return dead(res)
      report(req, 'password.reset', { userId: user.id })
      await signIn(req, user, {
        message: 'Your new password is set. Every session of before has ended.',
        remember: false,
      })
      limits.signedIn(req, res, user.email)
      mails.passwordChanged(res, user)
      res.redirect(303, '/dashboard')
    })
  }

  async function liveLinkOnly(req: Request, res: Response, next: () => void): Promise<void> {
    const grant = await Token.look('reset-password', link.tokenOf(req))
    if (!grant) return dead(res)
    res.locals.email = grant.email
    next()
  }
}

function dead(res: Response): void {
  res.status(410).render('password-reset/dead')
}
