import { isValidObjectId, type Types } from 'mongoose'
import { anyCase, User, type UserFields } from '../../auth/user.ts'
import { liveSessions, Session } from '../../sessions/session.ts'

const perPage = 25
export const notDeleted = { deletedAt: { $exists: false } }

/** Ignores case and accents, so that "jose" finds José. */
const anyAccent = { locale: 'en', strength: 1 } as const
User.schema.index({ name: 1, _id: 1 }, { name: 'by_name', collation: anyAccent })

/** By the start of an email address or name. */
export interface Search {
  by: 'email' | 'name'
  start: string
}

type Found = UserFields & { _id: Types.ObjectId }

export interface Person extends UserFields {
  id: string
  sessions: number
  lastSeen: Date | undefined
}

/** One page of all users, newest first, or of the users found. Reads an index from the last user shown. @param after their ID */
export async function findPeople(search: Search | undefined, after: string | undefined) {
  const last = isValidObjectId(after) ? await User.findById(after).lean() : null
  const found = await pageQuery(search, last).lean()
  const people = await withSessions(found.slice(0, perPage))
  return { people, next: found.length > perPage ? people.at(-1)?.id : undefined }
}

/** Exported so that a test can check that an index is used. */
export function pageQuery(search: Search | undefined, last: Found | null) {
  const users = User.find(notDeleted).limit(perPage + 1)
  if (!search) return users.find(last ? { _id: { $lt: last._id } } : {}).sort({ _id: -1 })
  // U+FFFF sorts after every other character.
  const range = { $gte: search.start, $lt: `${search.start}\uffff` }
  if (search.by === 'email')
    return users
      .find({ email: last ? { ...range, $gt: last.email } : range })
      .sort({ email: 1 })
      .collation(anyCase)
  const after = last && [{ name: { ...range, $gt: last.name } }, { name: last.name, _id: { $gt: last._id } }]
  return users
    .find(after ? { $or: after } : { name: range })
    .sort({ name: 1, _id: 1 })
    .collation(anyAccent)
}

/** False if no feature asks users to confirm their email address, as mail does. */
export function isUnconfirmed(user: object): boolean {
  return Boolean(User.schema.path('emailVerifiedAt') && !Reflect.get(user, 'emailVerifiedAt'))
}

export async function findPerson(id: string): Promise<Person | undefined> {
  const found = isValidObjectId(id) ? await User.findOne({ _id: id, ...notDeleted }).lean() : null
  return found ? (await withSessions([found]))[0] : undefined
}

/** Reads the sessions of all these users with one command. */
async function withSessions(users: readonly Found[]): Promise<Person[]> {
  const people = users.map((user) => ({ ...user, id: user._id.toHexString() }))
  const counted = await Session.aggregate<{ _id: string; sessions: number; lastSeen: Date }>([
    { $match: { ...liveSessions(), 'session.passport.user': { $in: people.map(({ id }) => id) } } },
    { $group: { _id: '$session.passport.user', sessions: { $sum: 1 }, lastSeen: { $max: '$lastModified' } } },
  ])
  return people.map((person) => {
    const { sessions = 0, lastSeen } = counted.find(({ _id }) => _id === person.id) ?? {}
    // Users written by another tool may not have createdAt.
    return { ...person, createdAt: person.createdAt ?? person._id.getTimestamp(), sessions, lastSeen }
  })
}
