import { type Request, type Response, Router } from 'express'
import { object } from 'yup'
import { deleteUser } from '../../accounts/lifecycle.ts'
import { currentUser, signIn } from '../../accounts/passport.ts'
import { newPassword, password } from '../../accounts/password.ts'
import { name, provePassword, replacePassword, User, type UserDocument } from '../../accounts/user.ts'
import { WrongPassword } from '../../errors.ts'
import { report } from '../../log.ts'
import { redirectWithFlash } from '../../sessions/flash.ts'
import { endSession } from '../../sessions/index.ts'
import { answerForm, emptyForm, parseForm, showForm } from '../../web/forms.ts'
import { limited } from '../../web/limits.ts'

const nameForm = object({ name })
const passwordForm = object({ password, 'new-password': newPassword })
const deletionForm = object({ password })

/** For every form that asks for the password again: what a stolen session uses up, the owner's still has. */
export const passwordAgainBySession = { name: 'passwordAgainBySession', attempts: 10, seconds: 15 * 60 }

export function accountPages(): Router {
  const router = Router()
  router.get('/', (_req, res) => res.render('account/show'))
  router.get('/name', (req, res) =>
    showForm(res, 'account/name', { ...emptyForm, values: { name: currentUser(req).name } }),
  )
  router.post('/name', changeName)
  router.get('/password', (_req, res) => showForm(res, 'account/password', emptyForm))
  router.post('/password', changePassword)
  router.get('/delete', (_req, res) => showForm(res, 'account/delete', emptyForm))
  router.post('/delete', deleteAccount)
  return router
}

/** The stored hash, as a condition for what the password allows. @throws {WrongPassword} and {TryLater} 429 */
export async function confirmPassword(req: Request, user: UserDocument, password: string): Promise<string> {
  return await limited(req, [[passwordAgainBySession, req.sessionID]], () => provePassword(user, password))
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
    const passwordHash = await confirmPassword(req, user, form.password)
    // Compare and set: of two changes at once the second finds that its current password is the current one no longer.
    const changed = await replacePassword(user.id, { passwordHash }, form['new-password'])
    if (!changed) throw new WrongPassword()
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
  await answerForm(res, 'account/delete', parseForm(req.body, deletionForm), async ({ password }) => {
    const { id: userId, email } = currentUser(req)
    const passwordHash = await confirmPassword(req, currentUser(req), password)
    if (!(await deleteUser(userId, { passwordHash }, hooks))) throw new WrongPassword()
    report(req, { event: 'account.deleted', userId }, 'Deleted the account')
    emit('accountDeleted', { req, userId, email })
    await endSession(req)
    const message = "Your account has been deleted, and you've been signed out everywhere."
    await redirectWithFlash(req, res, '/', 'success', message)
  })
}
