import { type Request, type Response, Router } from 'express'
import type { Config } from '../config.ts'
import { deletion, emptyForm, naming, passwordChange, read } from '../forms.ts'
import type { AccountMails } from '../mail/account-mails.ts' // mail
import { currentUser, signIn } from '../middleware/authentication.ts'
import { answerForm } from '../middleware/form-page.ts'
import type { RateLimits } from '../middleware/rate-limit.ts'
import { changePassword, deleteAccount, rename } from '../models/account.ts'
import { report } from '../security-events.ts'
import { redirectWithFlash } from '../sessions/flash.ts'
import { endSession } from '../sessions/index.ts'

/** Your account: change the name or the password, delete it. */
export function accountRoutes(
  { appName }: Config,
  limits: RateLimits,
  mails?: AccountMails, // mail
): Router {
  const router = Router()

  router.get('/', (_req, res) => res.render('account/show'))
  router.get('/name', (req, res) =>
    res.render('account/name', { ...emptyForm, values: { name: currentUser(req).name } }),
  )
  router.post('/name', changeName)
  router.get('/password', (_req, res) => res.render('account/password', emptyForm))
  router.post('/password', setPassword)
  router.get('/delete', (_req, res) => res.render('account/delete', emptyForm))
  router.post('/delete', remove)

  return router

  async function changeName(req: Request, res: Response): Promise<void> {
    await answerForm(res, 'account/name', read(req.body, naming), async ({ name }) => {
      await rename(currentUser(req), name)
      await redirectWithFlash(req, res, '/account', 'success', `From now on you are ${name}.`)
    })
  }

  async function setPassword(req: Request, res: Response): Promise<void> {
    await answerForm(res, 'account/password', read(req.body, passwordChange), async (data) => {
      const passwords = { current: data.password, next: data['new-password'] }
      const user = await limits.passwordAgain(req, () =>
        changePassword(currentUser(req), passwords, [appName]),
      )
      const remember = req.session.cookie.originalMaxAge !== null
      report(req, 'password.changed', { userId: user.id })
      await signIn(req, user, {
        message: 'Your password is changed. Everywhere else you are signed out.',
        remember,
      })
      mails?.passwordChanged(res, user) // mail
      res.redirect(303, '/account')
    })
  }

  async function remove(req: Request, res: Response): Promise<void> {
    await answerForm(res, 'account/delete', read(req.body, deletion), async ({ password }) => {
      await limits.passwordAgain(req, () => deleteAccount(currentUser(req), password))
      report(req, 'account.deleted')
      await endSession(req)
      await redirectWithFlash(
        req,
        res,
        '/',
        'info',
        'Your account is deleted, and you are signed out everywhere.',
      )
    })
  }
}
