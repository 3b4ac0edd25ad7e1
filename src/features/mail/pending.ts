import { Schema } from 'mongoose'
import { User, type UserDocument } from '../../auth/user.ts'

/** As long as the link in the email works. Milliseconds. */
const pendingMs = 24 * 60 * 60 * 1000

export interface PendingEmail {
  address: string
  until: Date
  /** The user's epoch at the request, so that a new password cancels the change. */
  epoch: number
}

export const pendingEmail = new Schema<PendingEmail>(
  { address: String, until: Date, epoch: Number },
  { _id: false },
)

/** The new email address, until it is confirmed. */
export function pendingOf({ pendingEmail, epoch }: UserDocument): string | undefined {
  return pendingEmail && pendingEmail.until > new Date() && pendingEmail.epoch === epoch
    ? pendingEmail.address
    : undefined
}

export async function keepPending({ id, epoch }: UserDocument, address: string): Promise<void> {
  const pendingEmail = { address, until: new Date(Date.now() + pendingMs), epoch }
  await User.updateOne({ _id: id }, { pendingEmail })
}

/** Links to confirm it no longer work. */
export async function forgetPending({ id }: UserDocument): Promise<void> {
  await User.updateOne({ _id: id, pendingEmail: { $exists: true } }, { $unset: { pendingEmail: 1 } })
}
