import { model, Schema } from 'mongoose'
import { HttpError } from '../../errors.ts'

/**
 * The IDs of the admins who can act, in one document: MongoDB changes it by one command after another, so of two admins who
 * disable each other at once one is first, and the other is an admin no more.
 */
const schema = new Schema(
  { _id: String, ids: [String] },
  { collection: 'admins', versionKey: false, writeConcern: { w: 'majority', j: true } },
)
const Admins = model('Admins', schema)
const all = { _id: 'all' }

/** After the user has become one. */
export async function addAdmin(id: string): Promise<void> {
  await Admins.updateOne(all, { $addToSet: { ids: id } }, { upsert: true })
}

/**
 * Before the user is one no more; does nothing for members. The one who acts stays, so there is always an admin left.
 * @throws {HttpError} when the one who acts is not an admin any more, or is the user
 */
export async function removeAdmin(id: string, actorId: string): Promise<void> {
  if (id === actorId) throw new HttpError(403, "You can't do this to yourself. Ask another admin.")
  const { matchedCount } = await Admins.updateOne({ ...all, ids: actorId }, { $pull: { ids: id } })
  if (matchedCount === 0) throw new HttpError(403, "You're not an admin any more.")
}

/** When the account is deleted. */
export async function forgetAdmin(id: string): Promise<void> {
  await Admins.updateOne(all, { $pull: { ids: id } })
}
