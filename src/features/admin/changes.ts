import { User, type UserDocument } from '../../auth/user.ts'
import { endUserSessions } from '../../sessions/session.ts'
import { addAdmin, mayAct, removeAdmin } from './admins.ts'
import { notDeleted } from './people.ts'

/** Can be repeated after a lost write. @param actorId default: an operator @returns the changed user, or null if nothing changed */
export type Change = (id: string, actorId?: string) => Promise<UserDocument | null>

/** Signs the user out on their next request and deletes nothing. The new epoch also ends emailed links. */
export async function disable(id: string, actorId?: string): Promise<UserDocument | null> {
  await removeAdmin(id, actorId)
  const update = { $set: { disabledAt: new Date() }, $inc: { epoch: 1 } }
  const user = await change({ _id: id, disabledAt: { $exists: false } }, update)
  // The new epoch has already ended these sessions; any that stay behind expire.
  if (user) await endUserSessions(id).catch(() => {})
  return user
}

/** Always as a member; becoming an admin again is a separate action. */
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
