import { type Request, type Response, Router } from 'express'
import { object } from 'yup'
import { confirmedOnly } from '../../auth/confirm.ts'
import { currentUser } from '../../auth/passport.ts'
import { email } from '../../auth/user.ts'
import { InvalidFields } from '../../errors.ts'
import type { Core } from '../../feature.ts'
import { redirectWithFlash } from '../../sessions/flash.ts'
import { answerForm, emptyForm, parseForm, showForm } from '../../web/forms.ts'
import { emailChangeAsked } from './messages.ts'
import { forgetPending, keepPending, pendingOf } from './pending.ts'
import { askForConfirmation } from './verification.ts'

const emailForm = object({ email })

/** Change your email address. The new one takes effect once it is confirmed. */
export function emailChangeRoutes({ later }: Core): Router {
  const router = Router()
  router.get('/', (_req, res) => showForm(res, 'mail/change', emptyForm))
  router.post('/', confirmedOnly, change)
  router.post('/again', sendAgain)
  router.post('/cancel', cancel)
  return router

  async function change(req: Request, res: Response): Promise<void> {
    await answerForm(res, 'mail/change', parseForm(req.body, emailForm), async ({ email }) => {
      const user = currentUser(req)
      if (email === user.email)
        throw new InvalidFields({ email: 'This is already your email address. Enter a different one.' })
      await askForConfirmation(req, email)
      await keepPending(user, email)
      later.add('mail', { to: user.email, message: emailChangeAsked(email) })
      const message = `We're sending an email to ${email}. Your email address will change once you confirm the new one.`
      await redirectWithFlash(req, res, '/account', 'info', message)
    })
  }
}

async function sendAgain(req: Request, res: Response): Promise<void> {
  const user = currentUser(req)
  const address = pendingOf(user)
  if (!address) return res.redirect(303, '/account')
  await answerForm(res, 'mail/change', parseForm({ email: address }, emailForm), async ({ email }) => {
    await askForConfirmation(req, email)
    await keepPending(user, email)
    await redirectWithFlash(req, res, '/account', 'info', `We're sending another email to ${email}.`)
  })
}

async function cancel(req: Request, res: Response): Promise<void> {
  const user = currentUser(req)
  await forgetPending(user)
  await redirectWithFlash(
    req,
    res,
    '/account',
    'info',
    `Change canceled. Your email address is still ${user.email}.`,
  )
}
