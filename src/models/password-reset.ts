import { Types } from 'mongoose'
import { databaseDeadlineMs, within } from '../deadline.ts'
import { replacePassword } from './account.ts'
import { InvalidFields } from './field-errors.ts'
import { passwordProblem } from './password-rules.ts'
import { Token } from './token.ts'
import { User, type UserDocument } from './user.ts'

const purpose = 'reset-password'

/** A token for the owner of this address; undefined when there is none, or too many were asked for. */
export async function issueReset(email: string): Promise<{ user: UserDocument; token: string } | undefined> {
  const user = await within(databaseDeadlineMs, User.findOne({ email }))
  // An unknown address leaves the same trace in the database, a token that nobody gets, after the same work.
  const userId = user?.id ?? new Types.ObjectId().toHexString()
  if (!(await Token.mayIssue(userId, purpose))) return undefined
  const token = await Token.issue({ purpose, userId, email, sentTo: email, epoch: user?.epoch ?? 0 })
  return user ? { user, token } : undefined
}

/**
 * Ends all sessions of the person. Whoever has the token reads their mail, so the address is confirmed as well.
 * @returns undefined for a token that does not work any more
 * @throws {InvalidFields} for a poor password, which does not use the token up
 */
export async function resetPassword(
  token: string,
  next: string,
  context: readonly string[],
): Promise<UserDocument | undefined> {
  const { email = '' } = (await Token.look(purpose, token)) ?? {}
  const problem = passwordProblem(next, [email, ...context])
  if (problem) throw new InvalidFields({ 'new-password': problem })
  const grant = await Token.take(purpose, token)
  if (!grant) return undefined
  const condition = { email: grant.email, epoch: grant.epoch }
  return (await replacePassword(grant.userId, condition, next, { emailVerifiedAt: new Date() })) ?? undefined
}
