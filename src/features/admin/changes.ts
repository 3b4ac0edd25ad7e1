import { User, type UserDocument } from '../../accounts/user.ts'
import { endSessionsOf } from '../../sessions/session.ts'
import { addAdmin, removeAdmin } from './admins.ts'
import { present } from './people.ts'

/** @returns the person as they are then; null when there was nothing to change */
export type Change = (id: string, actorId: string) => Promise<UserDocument | null>

/**
 * They are out at their next request, and what is theirs stays. The new epoch ends links that were sent, and what is in flight.
 */
export async function disable(id: string, actorId: string): Promise<UserDocument | null> {
  await removeAdmin(id, actorId)
  const update = { $set: { disabledAt: new Date() }, $inc: { epoch: 1 } }
  const user = await change({ _id: id, disabledAt: { $exists: false } }, update)
  if (user) await endSessionsOf(id)
  return user
}

/** An admin is one again. */
export async function enable(id: string): Promise<UserDocument | null> {
  const user = await change({ _id: id, disabledAt: { $exists: true } }, { $unset: { disabledAt: 1 } })
  if (user?.role === 'admin') await addAdmin(id)
  return user
}

export async function makeAdmin(id: string): Promise<UserDocument | null> {
  const user = await change({ _id: id, disabledAt: { $exists: false } }, { role: 'admin' })
  if (user) await addAdmin(id)
  return user
}

export async function makeMember(id: string, actorId: string): Promise<UserDocument | null> {
  await removeAdmin(id, actorId)
  return await change({ _id: id, role: 'admin' }, { role: 'member' })
}

export async function endSessions(id: string): Promise<UserDocument | null> {
  return (await endSessionsOf(id)) > 0 ? await User.findById(id) : null
}

async function change(filter: object, update: object): Promise<UserDocument | null> {
  return await User.findOneAndUpdate({ ...filter, ...present }, update, { returnDocument: 'after' })
}
