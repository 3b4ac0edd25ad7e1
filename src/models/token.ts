import { createHash, randomBytes } from 'node:crypto'
import { type Model, model, Schema } from 'mongoose'
import { databaseDeadlineMs, within } from '../deadline.ts'

const minuteMs = 60 * 1000

/** How long a link works. Ten minutes for what opens an account (OWASP ASVS 6.5.5); a day for a mailbox seldom read. */
const lifetimes = { 'reset-password': 10 * minuteMs, 'confirm-email': 24 * 60 * minuteMs } as const

type Purpose = keyof typeof lifetimes

/** What a link in a mail stands for. */
interface Grant {
  purpose: Purpose
  userId: string
  /** The person's address when the link was made; another one in the meantime, and the link is dead. */
  email: string
  /** Where the mail goes: the same address, or the new one that it is to confirm. */
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
  /** Whether the person may have one more link of this kind: at most five an hour, so that no mailbox is flooded. */
  mayIssue(userId: string, purpose: Purpose): Promise<boolean>
  /** What the token stands for, without using it up; undefined when it is used, too old, or was none. */
  look(purpose: Purpose, token: string): Promise<Grant | undefined>
  /** Uses the token up; of any number of callers one gets what it stands for. */
  take(purpose: Purpose, token: string): Promise<Grant | undefined>
  /** Removes those that are dead: all of a user who is gone, or the resets of before the latest password. */
  removeDead(userId: string, epoch: number | undefined): Promise<void>
}

const mostAnHour = 5

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

schema.static('issue', async (grant: Grant) => {
  const token = randomBytes(32).toString('base64url')
  const createdAt = new Date()
  const expires = new Date(createdAt.getTime() + lifetimes[grant.purpose])
  await within(databaseDeadlineMs, Token.create({ ...grant, _id: hashed(token), createdAt, expires }))
  return token
})

schema.static('mayIssue', async (userId: string, purpose: Purpose) => {
  const lately = { $gt: new Date(Date.now() - 60 * minuteMs) }
  const query = Token.countDocuments({ userId, purpose, createdAt: lately })
  return (await within(databaseDeadlineMs, query)) < mostAnHour
})

schema.static('look', async (purpose: Purpose, token: string) => {
  return (await within(databaseDeadlineMs, Token.findOne(live(purpose, token)).lean())) ?? undefined
})

schema.static('take', async (purpose: Purpose, token: string) => {
  return (await within(databaseDeadlineMs, Token.findOneAndDelete(live(purpose, token)).lean())) ?? undefined
})

schema.static('removeDead', async (userId: string, epoch: number | undefined) => {
  const all = Token.deleteMany({ userId })
  const query = epoch === undefined ? all : all.where({ purpose: 'reset-password', epoch: { $ne: epoch } })
  await within(databaseDeadlineMs, query)
})

export const Token = model<StoredToken, TokenModel>('Token', schema)

function live(purpose: Purpose, token: string) {
  // MongoDB removes what has expired within a minute; until then it is passed over.
  return { _id: hashed(token), purpose, expires: { $gt: new Date() } }
}

/** 256 random bits need neither salt nor a slow hash. */
function hashed(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
