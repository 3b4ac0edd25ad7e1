import { model, Schema } from 'mongoose'
import { HttpError } from '../../errors.ts'

/** All admins' IDs in one document: if two admins disable each other at once, only the first write succeeds. */
const schema = new Schema(
  { _id: String, ids: [String] },
  { collection: 'admins', versionKey: false, writeConcern: { w: 'majority', j: true } },
)
const Admins = model('Admins', schema)
const all = { _id: 'all' }

/** The first step of every action. @param actorId default: an operator @throws {HttpError} unless they may act on this user */
export async function mayAct(id: string, actorId?: string): Promise<void> {
  // Changes nothing, but a write can't be based on stale data.
  if (actorId) await write({ $addToSet: { ids: actorId } }, id, actorId)
}

/** Call it before the user becomes an admin. */
export async function addAdmin(id: string, actorId?: string): Promise<void> {
  await write({ $addToSet: { ids: id } }, id, actorId)
}

/** Call it before the user stops being an admin. No one can remove themselves, so one admin always remains. */
export async function removeAdmin(id: string, actorId?: string): Promise<void> {
  await write({ $pull: { ids: id } }, id, actorId)
}

/** For deleted accounts. */
export async function forgetAdmin(id: string): Promise<void> {
  await Admins.updateOne(all, { $pull: { ids: id } })
}

async function write(update: object, id: string, actorId?: string): Promise<void> {
  if (id === actorId) throw new HttpError(403, "You can't do this to your own account. Ask another admin.")
  const filter = actorId ? { ...all, ids: actorId } : all
  const { matchedCount } = await Admins.updateOne(filter, update, { upsert: !actorId })
  if (actorId && matchedCount === 0) throw new HttpError(403, "You're no longer an admin.")
}
