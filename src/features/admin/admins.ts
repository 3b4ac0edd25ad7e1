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

/** First step of every act. @param actorId left out: an operator @throws {HttpError} unless they may act on this user now */
export async function mayAct(id: string, actorId?: string): Promise<void> {
  // Changes nothing, but is as new as a write.
  if (actorId) await write({ $addToSet: { ids: actorId } }, id, actorId)
}

/** Before the user becomes one. */
export async function addAdmin(id: string, actorId?: string): Promise<void> {
  await write({ $addToSet: { ids: id } }, id, actorId)
}

/** Before the user is one no more; does nothing for members. The one who acts stays, so there is always an admin left. */
export async function removeAdmin(id: string, actorId?: string): Promise<void> {
  await write({ $pull: { ids: id } }, id, actorId)
}

/** When the account is deleted. */
export async function forgetAdmin(id: string): Promise<void> {
  await Admins.updateOne(all, { $pull: { ids: id } })
}

async function write(update: object, id: string, actorId?: string): Promise<void> {
  if (id === actorId) throw new HttpError(403, "You can't do this to yourself. Ask another admin.")
  const filter = actorId ? { ...all, ids: actorId } : all
  const { matchedCount } = await Admins.updateOne(filter, update, { upsert: !actorId })
  if (actorId && matchedCount === 0) throw new HttpError(403, "You're not an admin any more.")
}
