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
  createdAt: Date
  expires: Date
}

interface TokenModel extends Model<StoredToken> {
  /** @returns the token, which is kept nowhere else */
  issue(grant: Grant): Promise<string>
  /** Whether the user may have one more link of this kind: at most five per hour, so that no inbox is flooded. */
  mayIssue(userId: string, purpose: Purpose): Promise<boolean>
  /** What the token stands for, without using it up; undefined when it is used, too old, or was none. */
  look(purpose: Purpose, token: string): Promise<Grant | undefined>
  /** For a link that has done its work. */
  use(purpose: Purpose, token: string): Promise<void>
}

const maxPerHour = 5

const schema = new Schema<StoredToken, TokenModel>(
  {
    _id: String,
    purpose: String,
    userId: String,
    email: String,
    sentTo: String,
    epoch: Number,
    createdAt: Date,
    expires: Date,
  },
  { collection: 'tokens', versionKey: false },
)
schema.index({ expires: 1 }, { name: 'expires_1', expireAfterSeconds: 0 })
schema.index({ userId: 1, purpose: 1, createdAt: 1 }, { name: 'by_user' })
belongsToUser(schema, 'userId')

schema.static('issue', async (grant: Grant) => {
  const token = randomBytes(32).toString('base64url')
  const createdAt = new Date()
  const expires = new Date(createdAt.getTime() + lifetimes[grant.purpose])
  await Token.create({ ...grant, _id: hashed(token), createdAt, expires })
  return token
})

schema.static('mayIssue', async (userId: string, purpose: Purpose) => {
  const lately = { $gt: new Date(Date.now() - 60 * minuteMs) }
  return (await Token.countDocuments({ userId, purpose, createdAt: lately })) < maxPerHour
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

/** 256 random bits need neither salt nor a slow hash. */
function hashed(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
