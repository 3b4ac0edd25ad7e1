import { createHash, randomBytes } from 'node:crypto'
import { type Model, model, Schema } from 'mongoose'
import { belongsToUser } from '../../database.ts'

const minuteMs = 60 * 1000

/** How long a link works. Ten minutes for what opens an account (OWASP ASVS 6.5.5); a day for an inbox seldom read. */
const lifetimes = { 'reset-password': 10 * minuteMs, 'confirm-email': 24 * 60 * minuteMs } as const

export type Purpose = keyof typeof lifetimes

/** What a link in an email stands for. */
export interface Grant {
  purpose: Purpose
  userId: string
  /** The user's address when the link was made; once they have another one, the link no longer works. */
  email: string
  /** Where the email goes: the same address, or the new one that it is to confirm. */
  sentTo: string
  /** The user's when the link was made. */
  epoch: number
}

interface StoredToken extends Grant {
  /** SHA-256 of the token: a copy of the database opens no account. */
  _id: string
  expires: Date
}

interface TokenModel extends Model<StoredToken> {
  /** @returns the token, which is kept nowhere else */
  issue(grant: Grant): Promise<string>
  /** What the token stands for, without using it up; undefined when it is used, too old, or was none. */
  look(purpose: Purpose, token: string): Promise<Grant | undefined>
  /** For a link that has done its work. */
  use(purpose: Purpose, token: string): Promise<void>
}

/** One that was sent still works until the next may be: no stranger who asks keeps an owner from a new password. */
export const resetEmailsByRecipient = {
  name: 'resetEmailsByRecipient',
  attempts: 1,
  seconds: lifetimes['reset-password'] / 1000,
}
/** All other emails that someone else may cause, whoever asks and for whatever. */
export const emailsByRecipient = { name: 'emailsByRecipient', attempts: 5, seconds: 60 * 60 }

const schema = new Schema<StoredToken, TokenModel>(
  {
    _id: String,
    purpose: String,
    userId: String,
    email: String,
    sentTo: String,
    epoch: Number,
    expires: Date,
  },
  { collection: 'tokens', versionKey: false },
)
schema.index({ expires: 1 }, { name: 'expires_1', expireAfterSeconds: 0 })
schema.index({ userId: 1 }, { name: 'by_owner' })
belongsToUser(schema, 'userId', 'purpose email sentTo expires -_id')

schema.static('issue', async (grant: Grant) => {
  const token = randomBytes(32).toString('base64url')
  const expires = new Date(Date.now() + lifetimes[grant.purpose])
  await Token.create({ ...grant, _id: hashed(token), expires })
  return token
})

schema.static('look', async (purpose: Purpose, token: string) => {
  // MongoDB removes what has expired within a minute; until then it is passed over.
  const live = { _id: hashed(token), purpose, expires: { $gt: new Date() } }
  return (await Token.findOne(live).lean()) ?? undefined
})

schema.static('use', async (purpose: Purpose, token: string) => {
  await Token.deleteOne({ _id: hashed(token), purpose })
})

export const Token = model<StoredToken, TokenModel>('Token', schema)

/** What must still be true of the user for the link to work. */
export function granted({ purpose, userId, email, sentTo, epoch }: Grant) {
  const isChange = sentTo !== email
  return {
    _id: userId,
    email,
    // A change that someone else asked for ends when the owner sets a new password, or cancels it.
    ...((purpose === 'reset-password' || isChange) && { epoch }),
    ...(isChange && { 'pendingEmail.address': sentTo }),
  }
}

/** 256 random bits need neither salt nor a slow hash. */
export function hashed(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
