import { domainToASCII } from 'node:url'
import { type HydratedDocument, isValidObjectId, type Model, model, Schema, type Types } from 'mongoose'
import { string } from 'yup'
import { WrongPassword } from '../errors.ts'
import { endUserSessions } from '../sessions/session.ts'
import { atMost } from '../web/forms.ts'
import { hashPassword, isOutdated, verifyPassword } from './password.ts'

declare global {
  namespace Express {
    /** The signed-in user, as passport puts it on the request. */
    interface User extends UserDocument {}
  }
}

/** A field of your own goes here and into the schema. */
export interface UserFields {
  name: string
  /** Trimmed and in lowercase. */
  email: string
  /** Grows with every new password, and when the account is deleted: a session that began in an earlier epoch has ended. */
  epoch: number
  /** While an account is being deleted: no one signs in to it, and its email address is still taken. */
  deletedAt?: Date
  createdAt: Date
  updatedAt: Date
}

/** A user as the rest of the app sees one: the hash stays in this file. */
export type UserDocument = HydratedDocument<UserFields>

interface StoredUser extends UserFields {
  passwordHash: string
}

/** Other tools may have written an email address with capitals: no second account has it in lowercase. */
export const anyCase = { locale: 'en', strength: 2 } as const

const schema = new Schema<StoredUser>(
  {
    name: { type: String, required: true },
    email: { type: String, required: true },
    // Left out of every query that does not ask for it by name.
    passwordHash: { type: String, required: true, select: false },
    epoch: { type: Number, default: 0 },
    deletedAt: Date,
  },
  // An account that was made, or a password that was changed, outlives a crash and a failover.
  { timestamps: true, writeConcern: { w: 'majority', j: true } },
)
schema.index({ email: 1 }, { name: 'by_email', unique: true, collation: anyCase })
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

/** Unless the account is being deleted. */
export function findByEmail(email: string) {
  return User.findOne({ email, deletedAt: { $exists: false } }).collation(anyCase)
}

/** Whoever would sign in with this email address, hash included. */
export async function findCandidate(email: string): Promise<Candidate | null> {
  return onlyUsers(await findByEmail(email).select('+passwordHash').lean())
}

/** The candidate if the password is theirs; as slow without a candidate as for a wrong password. */
export async function authenticate(found: Candidate | null, password: string): Promise<UserDocument | null> {
  if (!(await verifyPassword(found?.passwordHash, password)) || !found) return null
  if (isOutdated(found.passwordHash)) await upgradeHash(found, password).catch(() => {})
  await repairImported(found)
  return withoutHash(found)
}

/** Compare and set: a password changed in the meantime is left alone. When it fails, the next sign-in tries again. */
async function upgradeHash({ _id, passwordHash }: Candidate, password: string): Promise<void> {
  await User.updateOne({ _id, passwordHash }, { passwordHash: await hashPassword(password) })
}

/** The user of a session, unless it began in an earlier epoch. @param read as userReadWith has it: null is no one */
export async function findSignedIn(id: string, epoch?: number, read?: unknown): Promise<UserDocument | null> {
  const found = read === undefined && isValidObjectId(id) ? await User.findById(id).lean() : read
  const user = onlyUsers(found ? User.hydrate(found as StoredUser) : null)
  return user && user.epoch === epoch && !user.deletedAt ? user : null
}

/** A document without an email address, or with something else in its place, is no user. */
function onlyUsers<T extends { email: unknown }>(found: T | null): T | null {
  return typeof found?.email === 'string' ? found : null
}

/** A user whom another tool wrote: the epoch begins with 0, and the email address is in lowercase from now on. */
export async function repairImported(user: Pick<Candidate, '_id' | 'epoch' | 'email'>): Promise<void> {
  const mended = { epoch: Number.isSafeInteger(user.epoch) ? user.epoch : 0, email: user.email.toLowerCase() }
  if (user.epoch === mended.epoch && user.email === mended.email) return
  await User.updateOne({ _id: user._id }, mended)
  Object.assign(user, mended)
}

/** For someone who is signed in. @throws {WrongPassword} */
export async function checkPassword({ id }: UserDocument, password: string): Promise<void> {
  const stored = (await User.findById(id).select('+passwordHash').lean())?.passwordHash
  if (!(await verifyPassword(stored, password))) throw new WrongPassword()
}

/**
 * The one write that gives a new password also begins a new epoch, so no session outlives the old one.
 * @param condition what must still be true of the user, or nothing happens and null is returned
 */
export async function replacePassword(_id: string, condition: object, next: string, also: object = {}) {
  const update = { $set: { ...also, passwordHash: await hashPassword(next) }, $inc: { epoch: 1 } }
  const filter = { ...condition, _id }
  const changed: UserDocument | null = await User.findOneAndUpdate(filter, update, {
    returnDocument: 'after',
  })
  // They sign no one in any more; what is left expires.
  if (changed) await endUserSessions(_id, { 'session.epoch': { $ne: changed.epoch } }).catch(() => {})
  return changed
}

export type Candidate = StoredUser & { _id: Types.ObjectId }

export function withoutHash({ passwordHash: _, ...fields }: Candidate): UserDocument {
  return User.hydrate(fields)
}
