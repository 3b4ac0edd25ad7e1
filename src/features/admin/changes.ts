import { User, type UserDocument } from '../../auth/user.ts'
import { endUserSessions } from '../../sessions/session.ts'
import { addAdmin, mayAct, removeAdmin } from './admins.ts'
import { notDeleted } from './people.ts'

/**
 * Asks first, in the document of the admins, whether whoever acts is one. A lost write leaves what the same act, tried again, finishes.
 * @param actorId left out: an operator @returns the person as they are then; null when there was nothing to change
 */
export type Change = (id: string, actorId?: string) => Promise<UserDocument | null>

/**
 * They are out at their next request, and what is theirs stays. The new epoch ends links that were sent, and what is in flight.
 */
export async function disable(id: string, actorId?: string): Promise<UserDocument | null> {
  await removeAdmin(id, actorId)
  const update = { $set: { disabledAt: new Date() }, $inc: { epoch: 1 } }
  const user = await change({ _id: id, disabledAt: { $exists: false } }, update)
  // They sign no one in any more; what is left expires.
  if (user) await endUserSessions(id).catch(() => {})
  return user
}

/** As a member, whatever they were: to make someone an admin is an act of its own. */
export async function enable(id: string, actorId?: string): Promise<UserDocument | null> {
  await mayAct(id, actorId)
  return await change({ _id: id, disabledAt: { $exists: true } }, { $unset: { disabledAt: 1, role: 1 } })
}

export async function makeAdmin(id: string, actorId?: string): Promise<UserDocument | null> {
  await addAdmin(id, actorId)
  return await change({ _id: id, disabledAt: { $exists: false } }, { role: 'admin' })
}

export async function makeMember(id: string, actorId?: string): Promise<UserDocument | null> {
  await removeAdmin(id, actorId)
  return await change({ _id: id, role: 'admin' }, { role: 'member' })
}

export async function endSessions(id: string, actorId?: string): Promise<UserDocument | null> {
  await mayAct(id, actorId)
  return (await endUserSessions(id)) > 0 ? await User.findById(id) : null
}

async function change(filter: object, update: object): Promise<UserDocument | null> {
  return await User.findOneAndUpdate({ ...filter, ...notDeleted }, update, { returnDocument: 'after' })
}
