import { model, Schema, Types } from 'mongoose'
import { databaseDeadlineMs, within } from '../deadline.ts'
import { Session } from './session.ts'
import { Token } from './token.ts' // mail
import { User } from './user.ts'

/** A person whose account was being changed: should the process die, the next start brings the rest into line. */
interface Leftover {
  _id: Types.ObjectId
  since: Date
}

/** A note younger than this may belong to a change that is under way in another process. Milliseconds. */
const underWayMs = 60_000

const schema = new Schema<Leftover>(
  { _id: Schema.Types.ObjectId, since: Date },
  { collection: 'leftovers', versionKey: false },
)

const Leftover = model<Leftover>('Leftover', schema)

/**
 * For a change of the user's own document that takes other documents with it. That one write decides, and counts at
 * once: whatever still lies about signs nobody in. Removing it comes second, and can be done again.
 */
export async function leavingNothing<T>(userId: string, change: () => Promise<T>): Promise<T> {
  const _id = new Types.ObjectId(userId)
  await within(databaseDeadlineMs, Leftover.updateOne({ _id }, { since: new Date() }, { upsert: true }))
  const result = await change()
  await tidy(userId)
  await within(databaseDeadlineMs, Leftover.deleteOne({ _id }))
  return result
}

/** At the start: finishes what a crash interrupted. */
export async function tidyLeftovers(): Promise<void> {
  const before = new Date(Date.now() - underWayMs)
  for (const { _id } of await Leftover.find().lean()) await tidy(_id.toHexString())
  await Leftover.deleteMany({ since: { $lt: before } })
}

async function tidy(userId: string): Promise<void> {
  const user = await User.findSignedIn(userId)
  await (user ? Session.endBefore(userId, user.epoch) : within(databaseDeadlineMs, Session.endAll(userId)))
  await Token.removeDead(userId, user?.epoch) // mail
}
