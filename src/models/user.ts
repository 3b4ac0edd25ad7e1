import {
  type HydratedDocument,
  isValidObjectId,
  type Model,
  model,
  mongo,
  Schema,
  type Types,
} from 'mongoose'
import { databaseDeadlineMs, within } from '../deadline.ts'
import { InvalidFields } from './field-errors.ts'
import { hashPassword, isOutdated, verifyPassword } from './password-hash.ts'
import { passwordProblem } from './password-rules.ts'

export { isDuplicate } // mail

/** What a person says of themselves. A new field goes here, into the schema, forms.ts and the form's view. */
interface Profile {
  name: string
  /** Trimmed and in lower case: see forms.ts. */
  email: string
}

interface Registration extends Profile {
  password: string
}

interface UserFields extends Profile {
  /** Absent until the person has opened a link that was sent there. */
  emailVerifiedAt?: Date // mail
  /** Grows with every new password: a session that began in an earlier epoch is nobody's. */
  epoch: number
  createdAt: Date
  updatedAt: Date
}

/** A user as the rest of the app sees one: the hash stays in this file. */
export type UserDocument = HydratedDocument<UserFields>

interface StoredUser extends UserFields {
  passwordHash: string
}

type Authentication =
  | { readonly user: UserDocument; readonly refusedId?: undefined }
  /** For the log alone: whose password it was not. */
  | { readonly user?: undefined; readonly refusedId: string | undefined }

interface UserModel extends Model<StoredUser> {
  /**
   * @param context words that a password must not be made of, beside the email
   * @throws {InvalidFields} for a poor password or an email that is taken
   */
  register(registration: Registration, context: readonly string[]): Promise<UserDocument>
  /** The user with this email and password; as slow for an unknown email as for a wrong password. */
  authenticate(email: string, password: string): Promise<Authentication>
  /**
   * The user of a session, or null: deleted, or an id that never was one.
   * @param epoch the session's; left out, any will do
   */
  findSignedIn(id: string, epoch?: number): Promise<UserDocument | null>
  /** As findSignedIn, of a user that was read together with the session: see session-with-user.ts. */
  signedIn(found: FoundUser | undefined, epoch: number): UserDocument | null
}

/** As MongoDB holds it, but for the hash. */
export type FoundUser = UserFields & { _id: Types.ObjectId }

const schema = new Schema<StoredUser, UserModel>(
  {
    name: { type: String, required: true },
    email: { type: String, required: true, unique: true },
    emailVerifiedAt: Date, // mail
    // Left out of every query that does not ask for it by name.
    passwordHash: { type: String, required: true, select: false },
    epoch: { type: Number, default: 0 },
  },
  // An account that was made, or a password that was changed, outlives a crash and a failover.
  { timestamps: true, writeConcern: { w: 'majority', j: true } },
)

schema.static('register', async ({ password, ...profile }: Registration, context: readonly string[]) => {
  const problem = passwordProblem(password, [profile.email, ...context])
  if (problem) throw new InvalidFields({ password: problem })
  const passwordHash = await hashPassword(password)
  try {
    return withoutHash(
      (await within(databaseDeadlineMs, User.create({ ...profile, passwordHash }))).toObject(),
    )
  } catch (error) {
    if (isDuplicate(error, 'email')) throw new InvalidFields({ email: emailTaken })
    throw error
  }
})

schema.static('authenticate', async (email: string, password: string) => {
  const found = await within(databaseDeadlineMs, User.findOne({ email }).select('+passwordHash').lean())
  if (!(await verifyPassword(found?.passwordHash, password)) || !found)
    return { refusedId: found?._id.toHexString() }
  if (isOutdated(found.passwordHash)) await upgradeHash(found, password)
  return { user: withoutHash(found) }
})

schema.static('findSignedIn', async (id: string, epoch?: number) => {
  const user = isValidObjectId(id) ? await within(databaseDeadlineMs, User.findById(id)) : null
  return epoch === undefined || user?.epoch === epoch ? user : null
})

schema.static('signedIn', (found: FoundUser | undefined, epoch: number) => {
  const user = found ? User.hydrate(found) : null
  return user?.epoch === epoch ? user : null
})

export const User = model<StoredUser, UserModel>('User', schema)

const emailTaken = 'There is an account with this email address already. Sign in instead.'

/** Compare and set: a password changed in the meantime is left alone. When it fails, the next sign-in tries again. */
async function upgradeHash(
  { _id, passwordHash }: StoredUser & { _id: Types.ObjectId },
  password: string,
): Promise<void> {
  try {
    const update = User.updateOne({ _id, passwordHash }, { passwordHash: await hashPassword(password) })
    await within(databaseDeadlineMs, update)
  } catch {}
}

function withoutHash({ passwordHash: _, ...fields }: StoredUser & { _id: Types.ObjectId }): UserDocument {
  return User.hydrate(fields)
}

function isDuplicate(error: unknown, field: string): boolean {
  return error instanceof mongo.MongoServerError && error.code === 11000 && field in (error.keyPattern ?? {})
}
