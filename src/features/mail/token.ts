import { createHash, randomBytes } from 'node:crypto'
import { type Model, model, Schema } from 'mongoose'
import { belongsToUser } from '../../database.ts'

const minuteMs = 60 * 1000

/** Ten minutes for links that give access (OWASP ASVS 6.5.5); a day to confirm, as some people rarely read their email. */
const lifetimes = { 'reset-password': 10 * minuteMs, 'confirm-email': 24 * 60 * minuteMs } as const

export type Purpose = keyof typeof lifetimes

/** What the link in an email permits. */
export interface Grant {
  purpose: Purpose
  userId: string
  /** The user's email address when the link was created. If it changes, the link no longer works. */
  email: string
  /** The same email address, or the new one to confirm. */
  sentTo: string
  /** The user's epoch when the link was created. */
  epoch: number
}

interface StoredToken extends Grant {
  /** SHA-256 of the token, so that a copy of the database gives no access. */
  _id: string
  expires: Date
}

interface TokenModel extends Model<StoredToken> {
  /** @returns the token, which is stored nowhere else */
  issue(grant: Grant): Promise<string>
  /** Doesn't use up the token. @returns undefined if the token is used, expired or invalid */
  look(purpose: Purpose, token: string): Promise<Grant | undefined>
  use(purpose: Purpose, token: string): Promise<void>
}

/** A link works until the next one may be sent, so a stranger who uses up this limit can't keep the owner from a reset. */
export const resetEmailsByRecipient = {
  name: 'resetEmailsByRecipient',
  attempts: 1,
  seconds: lifetimes['reset-password'] / 1000,
}
/** For all other emails, whoever requests them. */
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
  // MongoDB takes up to a minute to remove expired documents.
  const live = { _id: hashed(token), purpose, expires: { $gt: new Date() } }
  return (await Token.findOne(live).lean()) ?? undefined
})

schema.static('use', async (purpose: Purpose, token: string) => {
  await Token.deleteOne({ _id: hashed(token), purpose })
})

export const Token = model<StoredToken, TokenModel>('Token', schema)

/** A filter for the user: the link works only while it matches. */
export function granted({ purpose, userId, email, sentTo, epoch }: Grant) {
  const isChange = sentTo !== email
  return {
    _id: userId,
    email,
    // A new password, or canceling, also stops a change that someone else requested.
    ...((purpose === 'reset-password' || isChange) && { epoch }),
    ...(isChange && { 'pendingEmail.address': sentTo }),
  }
}

/** A token has 256 random bits, so it needs neither a salt nor a slow hash. */
export function hashed(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
