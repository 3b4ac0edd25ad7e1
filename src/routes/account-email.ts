import { type Request, type Response, Router } from 'express'
import { emailChange, emptyForm, read } from '../forms.ts'
import type { AccountMails } from '../mail/account-mails.ts'
import { currentUser } from '../middleware/authentication.ts'
import { answerForm } from '../middleware/form-page.ts'
import type { RateLimits } from '../middleware/rate-limit.ts'
import { proveEmailChange } from '../models/email-address.ts'
import { redirectWithFlash } from '../sessions/flash.ts'

/** A new email address for your account, which counts once it is confirmed. */
export function accountEmailRoutes(limits: RateLimits, mails: AccountMails): Router {
  const router = Router()

  router.get('/', (_req, res) => res.render('account/email', emptyForm))
  router.post('/', change)

  return router

  async function change(req: Request, res: Response): Promise<void> {
    await answerForm(res, 'account/email', read(req.body, emailChange), async ({ email, password }) => {
      const user = currentUser(req)
      await limits.passwordAgain(req, () => proveEmailChange(user, email, password))
      mails.confirmNewEmail(res, user, email)
      const message = `A mail is on its way to ${email}. Your address changes once you open the link in it.`
      await redirectWithFlash(req, res, '/account', 'info', message)
    })
  }
}
