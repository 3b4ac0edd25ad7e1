import { databaseDeadlineMs, within } from '../deadline.ts'
import { InvalidFields, WrongPassword } from './field-errors.ts'
import { leavingNothing } from './leftovers.ts'
import { hashPassword, verifyPassword } from './password-hash.ts'
import { passwordProblem } from './password-rules.ts'
import { User, type UserDocument } from './user.ts'

export { provePassword, replacePassword } // mail

export async function rename({ id }: UserDocument, name: string): Promise<void> {
  await within(databaseDeadlineMs, User.updateOne({ _id: id }, { name }))
}

/**
 * Signs the person out everywhere, here included: sign in again with the user that this returns.
 * @param context words that a password must not be made of, beside the email
 * @throws {WrongPassword} and {InvalidFields} for a poor new one
 */
export async function changePassword(
  user: UserDocument,
  passwords: { current: string; next: string },
  context: readonly string[],
): Promise<UserDocument> {
  const passwordHash = await provePassword(user, passwords.current)
  const problem = passwordProblem(passwords.next, [user.email, ...context])
  if (problem) throw new InvalidFields({ 'new-password': problem })
  // Compare and set: of two changes at the same time the second finds that its current password is not that any more.
  const changed = await replacePassword(user.id, { passwordHash }, passwords.next)
  if (!changed) throw new WrongPassword()
  return changed
}

/** The user, all sessions and whatever else is theirs. @throws {WrongPassword} */
export async function deleteAccount(user: UserDocument, password: string): Promise<void> {
  await provePassword(user, password)
  await leavingNothing(user.id, () => within(databaseDeadlineMs, User.deleteOne({ _id: user.id })))
}

/** @returns the stored hash @throws {WrongPassword} */
async function provePassword({ id }: UserDocument, password: string): Promise<string> {
  const query = User.findById(id).select('+passwordHash').lean()
  const stored = (await within(databaseDeadlineMs, query))?.passwordHash
  if (!(await verifyPassword(stored, password)) || stored === undefined) throw new WrongPassword()
  return stored
}

/**
 * The one write that gives a new password also begins a new epoch, so no session outlives the old one.
 * @param condition what must still be true of the user, or nothing happens and null is returned
 * @param also what else changes with it
 */
async function replacePassword(
  userId: string,
  condition: Readonly<Record<string, unknown>>,
  next: string,
  also: Readonly<Record<string, unknown>> = {},
): Promise<UserDocument | null> {
  const update = { $set: { ...also, passwordHash: await hashPassword(next) }, $inc: { epoch: 1 } }
  return await leavingNothing(userId, () =>
    within(
      databaseDeadlineMs,
      User.findOneAndUpdate({ ...condition, _id: userId }, update, { returnDocument: 'after' }),
    ),
  )
}
