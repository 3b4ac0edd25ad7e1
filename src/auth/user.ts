import { domainToASCII } from 'node:url'
import { type HydratedDocument, isValidObjectId, type Model, model, Schema, type Types } from 'mongoose'
import { string } from 'yup'
import { WrongPassword } from '../errors.ts'
import { endUserSessions } from '../sessions/session.ts'
import { atMost } from '../web/forms.ts'
import { hashPassword, isOutdated, verifyPassword } from './password.ts'

declare global {
  namespace Express {
    interface User extends UserDocument {}
  }
}

/** Add your own fields here and to the schema. */
export interface UserFields {
  name: string
  /** Trimmed and in lowercase. */
  email: string
  /** Incremented by a new password and by deletion, which ends every session that has an earlier epoch. */
  epoch: number
  /** Set while the account is being deleted: no one can sign in, but its email address is still taken. */
  deletedAt?: Date
  createdAt: Date
  updatedAt: Date
}

/** Without the password hash, which stays in this file. */
export type UserDocument = HydratedDocument<UserFields>

interface StoredUser extends UserFields {
  passwordHash: string
}

/** Other tools may have stored email addresses with capitals; they must not get a second account in lowercase. */
export const anyCase = { locale: 'en', strength: 2 } as const

const schema = new Schema<StoredUser>(
  {
    name: { type: String, required: true },
    email: { type: String, required: true },
    passwordHash: { type: String, required: true, select: false },
    epoch: { type: Number, default: 0 },
    deletedAt: Date,
  },
  // New accounts and passwords must survive a crash and a failover.
  { timestamps: true, writeConcern: { w: 'majority', j: true } },
)
schema.index({ email: 1 }, { name: 'by_email', unique: true, collation: anyCase })
schema.index({ deletedAt: 1 }, { partialFilterExpression: { deletedAt: { $exists: true } } })

export const User: Model<StoredUser> = model<StoredUser>('User', schema)

export const name = string()
  .transform((name: string | undefined) => name?.normalize('NFC').replace(/\s+/g, ' ').trim())
  .required('Enter your name.')
  .test(atMost(80, 'Use 80 characters or fewer.'))
  .matches(
    // Some scripts need joiners, but a name must have more than joiners and blank letters.
    /^(?=.*[^\s\p{C}\p{M}\u115f\u1160\u2800\u3164\uffa0])(?:[\u200c\u200d]|\P{C})*$/u,
    {
      message:
        "This name contains a character that can't be used, such as an invisible one. Clear the field and type your name again.",
      excludeEmptyString: true,
    },
  )

/** Normalized, so that neither a look-alike letter nor a capital makes a second account. */
export const email = string()
  .trim()
  .lowercase()
  // Some browsers send müller.de as typed, others as xn--mller-kva.de. Other parts of a URL aren't part of a domain.
  .transform((email?: string) =>
    email?.replace(/(?<=@)[^\s@/?#:%\\]+$/, (domain) => domainToASCII(domain) || domain),
  )
  .required('Enter your email address.')
  .max(254, 'Use 254 characters or fewer.')
  .matches(
    /^(?!\.)(?!.*\.\.)[\w'+.-]*[\w+-]@([a-z0-9][a-z0-9-]*\.)+([a-z]{2,}|xn--[a-z0-9-]+)$/,
    'Enter an email address in the format name@example.com.',
  )

export function findByEmail(email: string) {
  return User.findOne({ email, deletedAt: { $exists: false } }).collation(anyCase)
}

/** The user with this email address, including the password hash. */
export async function findCandidate(email: string): Promise<Candidate | null> {
  return onlyUsers(await findByEmail(email).select('+passwordHash').lean())
}

/** Takes as long without a candidate as with an incorrect password. */
export async function authenticate(found: Candidate | null, password: string): Promise<UserDocument | null> {
  if (!(await verifyPassword(found?.passwordHash, password)) || !found) return null
  if (isOutdated(found.passwordHash)) await upgradeHash(found, password).catch(() => {})
  await repairImported(found)
  return withoutHash(found)
}

/** Compare and set, so a password changed in the meantime stays. If it fails, the next sign-in tries again. */
async function upgradeHash({ _id, passwordHash }: Candidate, password: string): Promise<void> {
  await User.updateOne({ _id, passwordHash }, { passwordHash: await hashPassword(password) })
}

/** The user of a session that began in the current epoch. @param read from userReadWith; null means no such user */
export async function findSignedIn(id: string, epoch?: number, read?: unknown): Promise<UserDocument | null> {
  const found = read === undefined && isValidObjectId(id) ? await User.findById(id).lean() : read
  const user = onlyUsers(found ? User.hydrate(found as StoredUser) : null)
  return user && user.epoch === epoch && !user.deletedAt ? user : null
}

/** A document whose email address is missing or not a string is not a user. */
function onlyUsers<T extends { email: unknown }>(found: T | null): T | null {
  return typeof found?.email === 'string' ? found : null
}

/** For users written by another tool: adds a missing epoch and makes the email address lowercase. */
export async function repairImported(user: Pick<Candidate, '_id' | 'epoch' | 'email'>): Promise<void> {
  const mended = { epoch: Number.isSafeInteger(user.epoch) ? user.epoch : 0, email: user.email.toLowerCase() }
  if (user.epoch === mended.epoch && user.email === mended.email) return
  await User.updateOne({ _id: user._id }, mended)
  Object.assign(user, mended)
}

/** @throws {WrongPassword} */
export async function checkPassword({ id }: UserDocument, password: string): Promise<void> {
  const stored = (await User.findById(id).select('+passwordHash').lean())?.passwordHash
  if (!(await verifyPassword(stored, password))) throw new WrongPassword()
}

/** Starts a new epoch in the same write, which ends all sessions. @returns null if the user no longer meets the condition */
export async function replacePassword(_id: string, condition: object, next: string, also: object = {}) {
  const update = { $set: { ...also, passwordHash: await hashPassword(next) }, $inc: { epoch: 1 } }
  const filter = { ...condition, _id }
  const changed: UserDocument | null = await User.findOneAndUpdate(filter, update, {
    returnDocument: 'after',
  })
  // The new epoch has already ended these sessions; any that stay behind expire.
  if (changed) await endUserSessions(_id, { 'session.epoch': { $ne: changed.epoch } }).catch(() => {})
  return changed
}

export type Candidate = StoredUser & { _id: Types.ObjectId }

export function withoutHash({ passwordHash: _, ...fields }: Candidate): UserDocument {
  return User.hydrate(fields)
}
