import { databaseDeadlineMs, within } from '../deadline.ts'
import { provePassword } from './account.ts'
import { InvalidFields } from './field-errors.ts'
import { Token } from './token.ts'
import { isDuplicate, User, type UserDocument } from './user.ts'

const purpose = 'confirm-email'

/** A token that confirms `sentTo`: the person's address or the one that is to replace it. */
export async function issueConfirmation({ id, email, epoch }: UserDocument, sentTo: string): Promise<string> {
  return await Token.issue({ purpose, userId: id, email, sentTo, epoch })
}

export async function mayAskForConfirmation({ id }: UserDocument): Promise<boolean> {
  return await Token.mayIssue(id, purpose)
}

/** @throws {WrongPassword} and {InvalidFields} for an address that cannot be the next one, or too many in an hour */
export async function proveEmailChange(user: UserDocument, email: string, password: string): Promise<void> {
  await provePassword(user, password)
  if (email === user.email) throw new InvalidFields({ email: 'This is your email address already.' })
  if (!(await mayAskForConfirmation(user)))
    throw new InvalidFields({ email: 'Several mails went out within the last hour. Try again later.' })
}

export async function isTaken(email: string): Promise<boolean> {
  return (await within(databaseDeadlineMs, User.exists({ email }))) !== null
}

/**
 * One write confirms the address or, if the link went to a new one, puts that in its place.
 * @returns undefined for a token that does not work any more
 */
export async function confirmEmail(
  token: string,
): Promise<{ user: UserDocument; formerEmail: string } | undefined> {
  const grant = await Token.take(purpose, token)
  if (!grant) return undefined
  const { userId, email, sentTo, epoch } = grant
  const isChange = sentTo !== email
  // A change that somebody else asked for ends when the owner sets a new password.
  const condition = { _id: userId, email, ...(isChange && { epoch }) }
  const query = User.findOneAndUpdate(
    condition,
    { email: sentTo, emailVerifiedAt: new Date() },
    { returnDocument: 'after' },
  )
  try {
    const user = await within(databaseDeadlineMs, query)
    return user ? { user, formerEmail: email } : undefined
  } catch (error) {
    // Somebody registered with it since the link was made.
    if (isDuplicate(error, 'email')) return undefined
    throw error
  }
}
