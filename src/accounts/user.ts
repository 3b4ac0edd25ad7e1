import { domainToASCII } from 'node:url'
import { type HydratedDocument, isValidObjectId, type Model, model, Schema, type Types } from 'mongoose'
import { string } from 'yup'
import { deleteBelongings } from '../database.ts'
import { InvalidFields, isDuplicate, WrongPassword } from '../errors.ts'
import type { Hooks } from '../feature.ts'
import { endSessionsOf } from '../sessions/session.ts'
import { atMost } from '../web/forms.ts'
import { hashPassword, isOutdated, verifyPassword } from './password.ts'

declare global {
  namespace Express {
    /** The signed-in user, as passport puts it on the request. */
    interface User extends UserDocument {}
  }
}

/** A field of your own goes here, into the schema, and into the form and view that ask for it. */
export interface UserFields {
  name: string
  /** Trimmed and in lowercase. */
  email: string
  /** Grows with every new password: a session that began in an earlier epoch has ended. */
  epoch: number
  /** Set while an account is being deleted: no one signs in to it, and its email address is still taken. */
  deletedAt?: Date
  createdAt: Date
  updatedAt: Date
}

/** A user as the rest of the app sees one: the hash stays in this file. */
export type UserDocument = HydratedDocument<UserFields>

interface StoredUser extends UserFields {
  passwordHash: string
}

const schema = new Schema<StoredUser>(
  {
    name: { type: String, required: true },
    email: { type: String, required: true, unique: true },
    // Left out of every query that does not ask for it by name.
    passwordHash: { type: String, required: true, select: false },
    epoch: { type: Number, default: 0 },
    deletedAt: Date,
  },
  // An account that was made, or a password that was changed, outlives a crash and a failover.
  { timestamps: true, writeConcern: { w: 'majority', j: true } },
)
schema.index({ deletedAt: 1 }, { partialFilterExpression: { deletedAt: { $exists: true } } })

export const User: Model<StoredUser> = model<StoredUser>('User', schema)

/** For forms. */
export const name = string()
  .transform((name: string | undefined) => name?.normalize('NFC').replace(/\s+/g, ' ').trim())
  .required('Enter your name.')
  .test(atMost(80, 'Use 80 characters or fewer.'))
  .matches(
    // Joiners are part of some scripts; a name of these and of blank letters alone is none.
    /^(?=.*[^\s\p{C}\p{M}\u115f\u1160\u2800\u3164\uffa0])(?:[\u200c\u200d]|\P{C})*$/u,
    {
      message: "This name contains a character that can't be used, such as an invisible one.",
      excludeEmptyString: true,
    },
  )

/** For forms. In one form only, so that neither a look-alike letter nor a capital makes a second account. */
export const email = string()
  .trim()
  .lowercase()
  // Some browsers send müller.de as typed and some as xn--mller-kva.de. A URL's other parts are no domain.
  .transform((email?: string) =>
    email?.replace(/(?<=@)[^\s@/?#:%\\]+$/, (domain) => domainToASCII(domain) || domain),
  )
  .required('Enter your email address.')
  .max(254, 'Use 254 characters or fewer.')
  .matches(
    /^(?!\.)(?!.*\.\.)[\w'+.-]*[\w+-]@([a-z0-9][a-z0-9-]*\.)+([a-z]{2,}|xn--[a-z0-9-]+)$/,
    'Enter an email address in the format name@example.com.',
  )

/** @throws {InvalidFields} for an email address that is taken */
export async function register(
  { password, ...fields }: { password: string; name: string; email: string },
  hooks: Hooks,
): Promise<UserDocument> {
  const user = { ...fields, passwordHash: await hashPassword(password) }
  const create = async () => withoutHash((await User.create(user)).toObject())
  try {
    return await create()
  } catch (error) {
    if (!isDuplicate(error, 'email')) throw error
    // A deletion that was cut off would keep the address taken.
    if (await finishDeletions(hooks, { email: fields.email })) return await create()
    throw new InvalidFields({ email: 'An account with this email address already exists. Sign in instead.' })
  }
}

type Authentication = { user: UserDocument } | { user: undefined; refusedId: string | undefined }

/** Who would sign in with this address, hash included: for authenticate. */
export async function findCandidate(email: string): Promise<Stored | null> {
  return await User.findOne({ email, deletedAt: { $exists: false } })
    .select('+passwordHash')
    .lean()
}

/** The candidate if the password is theirs; as slow without a candidate as for a wrong password. */
export async function authenticate(found: Stored | null, password: string): Promise<Authentication> {
  if (!(await verifyPassword(found?.passwordHash, password)) || !found)
    return { user: undefined, refusedId: found?._id.toHexString() }
  if (isOutdated(found.passwordHash)) await upgradeHash(found, password)
  await mendEpoch(found)
  return { user: withoutHash(found) }
}

/**
 * The user of a session; null when deleted, or when the session began before the latest password.
 * @param read what was read with the session: the user's document, null for no one; left out, it is looked for
 */
export async function findSignedIn(id: string, epoch: number, read?: unknown): Promise<UserDocument | null> {
  const user = read === undefined ? await findUser(id) : read ? User.hydrate(read as StoredUser) : null
  return user && user.epoch === epoch && !user.deletedAt ? user : null
}

function findUser(id: string): Promise<UserDocument | null> | null {
  return isValidObjectId(id) ? User.findById(id).exec() : null
}

/** A user who was imported with no epoch, or with something else in its place, begins with 0. */
export async function mendEpoch(user: Pick<UserFields, 'epoch'> & { _id: Types.ObjectId }): Promise<void> {
  if (Number.isSafeInteger(user.epoch)) return
  user.epoch = 0
  await User.updateOne({ _id: user._id }, { epoch: 0 })
}

/** @returns the stored hash, as a condition for what the password is to allow @throws {WrongPassword} */
export async function provePassword({ id }: UserDocument, password: string): Promise<string> {
  const stored = (await User.findById(id).select('+passwordHash').lean())?.passwordHash
  if (!(await verifyPassword(stored, password)) || stored === undefined) throw new WrongPassword()
  return stored
}

/**
 * The one write that gives a new password also begins a new epoch, so no session outlives the old one.
 * @param condition what must still be true of the user, or nothing happens and null is returned
 * @param also what else changes with it
 */
export async function replacePassword(
  _id: string,
  condition: Readonly<Record<string, unknown>>,
  next: string,
  also: Readonly<Record<string, unknown>> = {},
): Promise<UserDocument | null> {
  const update = { $set: { ...also, passwordHash: await hashPassword(next) }, $inc: { epoch: 1 } }
  const changed = await User.findOneAndUpdate({ ...condition, _id }, update, { returnDocument: 'after' })
  // They sign no one in any more; what is left expires.
  if (changed) await endSessionsOf(_id, { 'session.epoch': { $ne: changed.epoch } }).catch(() => {})
  return changed
}

/** Marks first, so that from this one write on everyone is signed out; then deletes all that is the user's, itself last. */
export async function deleteUser(
  _id: string,
  condition: Readonly<Record<string, unknown>>,
  hooks: Hooks,
): Promise<boolean> {
  const mark = { $set: { deletedAt: new Date() }, $inc: { epoch: 1 } }
  const { matchedCount } = await User.updateOne({ ...condition, _id }, mark)
  if (matchedCount === 1) await finishDeletions(hooks, { _id })
  return matchedCount === 1
}

/** Finishes what a crash interrupted. @param of left out: of every user @returns how many there were */
export async function finishDeletions(
  hooks: Hooks,
  of: Readonly<Record<string, unknown>> = {},
): Promise<number> {
  const marked = await User.find({ ...of, deletedAt: { $exists: true } }, '_id').lean()
  for (const { _id } of marked) {
    const userId = _id.toHexString()
    for (const { remove } of hooks.belongings) await remove(userId)
    await deleteBelongings(userId)
    await User.deleteOne({ _id })
  }
  return marked.length
}

/** Compare and set: a password changed in the meantime is left alone. When it fails, the next sign-in tries again. */
async function upgradeHash({ _id, passwordHash }: Stored, password: string): Promise<void> {
  try {
    await User.updateOne({ _id, passwordHash }, { passwordHash: await hashPassword(password) })
  } catch {}
}

export type Stored = StoredUser & { _id: Types.ObjectId }

function withoutHash({ passwordHash: _, ...fields }: Stored): UserDocument {
  return User.hydrate(fields)
}
