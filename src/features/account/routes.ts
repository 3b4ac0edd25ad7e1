import { type Request, type Response, Router } from 'express'
import { object, string } from 'yup'
import { deleteUser } from '../../auth/accounts.ts'
import { confirmedOnly } from '../../auth/confirm.ts'
import { currentUser, signIn } from '../../auth/passport.ts'
import { newPassword } from '../../auth/password.ts'
import { name, replacePassword, User } from '../../auth/user.ts'
import { HttpError } from '../../errors.ts'
import { report } from '../../log.ts'
import { redirectWithFlash } from '../../sessions/flash.ts'
import { endCurrentSession } from '../../sessions/index.ts'
import { answerForm, emptyForm, parseForm, showForm } from '../../web/forms.ts'
import { downloadData } from './download.ts'

const nameForm = object({ name })
const deletionForm = object({ delete: string().oneOf(['account']).required() })
const outdated = 'Your password was changed in the meantime. Sign in again.'
const passwordForm = object({ 'new-password': newPassword })

export function accountPages(): Router {
  const router = Router()
  router.get('/', (_req, res) => res.render('account/show'))
  router.get('/name', (req, res) =>
    showForm(res, 'account/name', { ...emptyForm, values: { name: currentUser(req).name } }),
  )
  router.post('/name', changeName)
  router.get('/password', confirmedOnly, (_req, res) => showForm(res, 'account/password', emptyForm))
  router.post('/password', confirmedOnly, changePassword)
  router.get('/data', confirmedOnly, (_req, res) => res.render('account/data'))
  router.get('/data.json', confirmedOnly, downloadData)
  router.get('/delete', (_req, res) => res.render('account/delete'))
  router.post('/delete', confirmedOnly, deleteAccount)
  return router
}

async function changeName(req: Request, res: Response): Promise<void> {
  await answerForm(res, 'account/name', parseForm(req.body, nameForm), async ({ name }) => {
    await User.updateOne({ _id: currentUser(req).id }, { name })
    await redirectWithFlash(req, res, '/account', 'success', `Your name is now ${name}.`)
  })
}

async function changePassword(req: Request, res: Response): Promise<void> {
  const { config, emit } = req.app.locals.core
  const user = currentUser(req)
  const parsed = parseForm(req.body, passwordForm, { words: [user.email, config.appName] })
  await answerForm(res, 'account/password', parsed, async (form) => {
    // Compare and set: nothing changes if the password was replaced since the user confirmed.
    const changed = await replacePassword(user.id, { epoch: user.epoch }, form['new-password'])
    if (!changed) throw new HttpError(403, outdated)
    report(req, { event: 'password.changed', userId: user.id }, 'Changed the password')
    emit('passwordChanged', { req, user: changed, by: 'change' })
    await signIn(req, res, changed, {
      by: 'change',
      remember: req.session.cookie.originalMaxAge !== null,
      message: "Your password has been changed. You've been signed out everywhere else.",
      returnTo: '/account',
    })
  })
}

async function deleteAccount(req: Request, res: Response): Promise<void> {
  const { hooks, emit } = req.app.locals.core
  const { id: userId, email, epoch } = currentUser(req)
  // Only the page's own form deletes an account.
  if (!parseForm(req.body, deletionForm).ok) throw new HttpError(400, 'Go back and use the form on the page.')
  if (!(await deleteUser(userId, { epoch }, hooks))) throw new HttpError(403, outdated)
  report(req, { event: 'account.deleted', userId }, 'Deleted the account')
  emit('accountDeleted', { req, userId, email })
  await endCurrentSession(req)
  const message = "Your account has been deleted, and you've been signed out everywhere."
  await redirectWithFlash(req, res, '/', 'success', message)
}
