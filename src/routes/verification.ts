import { type Request, type Response, Router } from 'express'
import type { Config } from '../config.ts'
import type { AccountMails } from '../mail/account-mails.ts'
import { currentUser, signedInOnly } from '../middleware/authentication.ts'
import { mailedLink } from '../middleware/mailed-link.ts'
import type { RateLimits } from '../middleware/rate-limit.ts'
import { confirmEmail, mayAskForConfirmation } from '../models/email-address.ts'
import { Token } from '../models/token.ts'
import { report } from '../security-events.ts'
import { redirectWithFlash } from '../sessions/flash.ts'

/** Confirming an email address: the one a person registered with, or a new one. */
export function verificationRoutes(config: Config, limits: RateLimits, mails: AccountMails): Router {
  const router = Router()
  const link = mailedLink('/confirm-email', config)

  router.get('/confirm-email', link.land, liveLinkOnly, (_req, res) => res.render('verification/confirm'))
  // Open to everybody: the mail may be read in a browser that is not signed in.
  router.post('/confirm-email', link.land, liveLinkOnly, confirm)
  router.get('/verify-email', signedInOnly, (req, res) =>
    currentUser(req).emailVerifiedAt ? res.redirect(303, '/dashboard') : res.render('verification/wait'),
  )
  router.post('/verify-email', signedInOnly, sendAgain)

  return router

  async function confirm(req: Request, res: Response): Promise<void> {
    const confirmed = await confirmEmail(link.tokenOf(req))
    link.forget(res)
    if (!confirmed) return dead(res)
    const { user, formerEmail } = confirmed
    if (user.email !== formerEmail) {
      report(req, 'email.changed', { userId: user.id })
      if (req.user?.id === user.id) limits.signedIn(req, res, user.email)
      mails.emailChanged(res, formerEmail, user.email)
    }
    const to = req.user ? '/account' : '/login'
    await redirectWithFlash(req, res, to, 'success', `${user.email} is confirmed.`)
  }

  async function sendAgain(req: Request, res: Response): Promise<void> {
    const user = currentUser(req)
    const reply = (kind: 'success' | 'info', message: string) =>
      redirectWithFlash(req, res, '/account', kind, message)
    if (user.emailVerifiedAt) return await reply('info', `${user.email} is confirmed already.`)
    await limits.confirmationMail(req)
    if (!(await mayAskForConfirmation(user)))
      return await reply(
        'info',
        'Several mails went out within the last hour. Look among your spam, or try later.',
      )
    mails.confirmEmail(res, user)
    await reply('success', `A new mail is on its way to ${user.email}.`)
  }

  async function liveLinkOnly(req: Request, res: Response, next: () => void): Promise<void> {
    const grant = await Token.look('confirm-email', link.tokenOf(req))
    if (!grant) return dead(res)
    res.locals.sentTo = grant.sentTo
    next()
  }
}

function dead(res: Response): void {
  res.status(410).render('verification/dead')
}
