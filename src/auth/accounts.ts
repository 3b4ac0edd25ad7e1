import { belongings } from '../database.ts'
import { isDuplicate } from '../errors.ts'
import type { Hooks } from '../feature.ts'
import { hashPassword } from './password.ts'
import { anyCase, User, type UserDocument, withoutHash } from './user.ts'

/** @returns undefined if the email address already has an account */
export async function register(
  { password, ...fields }: { password: string; name: string; email: string },
  hooks: Hooks,
): Promise<UserDocument | undefined> {
  const user = { ...fields, passwordHash: await hashPassword(password) }
  const create = async () => withoutHash((await User.create(user)).toObject())
  try {
    return await create()
  } catch (error) {
    if (!isDuplicate(error, 'email')) throw error
    // An interrupted deletion would keep the address taken.
    return (await finishDeletions(hooks, { email: fields.email })) ? await create() : undefined
  }
}

/** Marks the user first, which signs them out everywhere, then deletes their data and finally the user. */
export async function deleteUser(_id: string, condition: object, hooks: Hooks): Promise<boolean> {
  const mark = { $set: { deletedAt: new Date() }, $inc: { epoch: 1 } }
  const { matchedCount } = await User.updateOne({ ...condition, _id }, mark)
  if (matchedCount === 1) await finishDeletions(hooks, { _id })
  return matchedCount === 1
}

/** Finishes deletions that a crash interrupted. @param of a filter; default: every user @returns how many there were */
export async function finishDeletions(hooks: Hooks, of: object = {}): Promise<number> {
  const marked = await User.find({ ...of, deletedAt: { $exists: true } }, '_id').collation(anyCase)
  for (const { _id, id: userId } of marked) {
    for (const { remove } of hooks.belongings) await remove(userId)
    for (const { model, filter } of belongings(userId)) await model.deleteMany(filter)
    await User.deleteOne({ _id })
  }
  return marked.length
}
