import DataLoader from 'dataloader'
import { mongo } from 'mongoose'
import type { StoredSession } from './session.ts'

/** A session's document, and whose it is. */
interface FoundSession extends StoredSession {
  user: mongo.BSON.Document | null
}

/** With more in a command the app is idle until the last is read. */
const maxAtOnce = 16

/**
 * Reads sessions together with their users, and by one command what all requests ask for that arrive in one turn of the event
 * loop. This file only makes pages faster: delete it and its line in index.ts, and passport reads the user by `findById`.
 */
export function readTogether(sessions: mongo.Collection<StoredSession>, usersCollection: string) {
  const loader = new DataLoader((ids: readonly string[]) => readEach(sessions, usersCollection, ids), {
    cache: false,
    maxBatchSize: maxAtOnce,
    // It runs when every socket has been read that had something to say.
    batchScheduleFn: setImmediate,
  })
  return (id: string) => loader.load(id)
}

async function readEach(sessions: mongo.Collection<StoredSession>, from: string, ids: readonly string[]) {
  const found = await sessions
    .aggregate<StoredSession & { user: mongo.BSON.Document[] }>([
      // By _id alone, which MongoDB answers twice as fast as with a condition on `expires` beside it; one, quickest by equality.
      { $match: { _id: ids.length === 1 ? ids[0] : { $in: [...new Set(ids)] } } },
      // Passport keeps a string. One that never was an ID belongs to no one, which is not an error.
      { $set: { user: { $convert: { input: '$session.passport.user', to: 'objectId', onError: null } } } },
      { $lookup: { from, localField: 'user', foreignField: '_id', as: 'user' } },
      { $unset: 'user.passwordHash' },
    ])
    .toArray()
  const byId = new Map(
    found.map(({ user: [user = null], ...session }) => [session._id, { ...session, user }]),
  )
  return ids.map((id, index) => {
    const session = byId.get(id)
    // Two requests of one browser: what one does to its session must not show in the other's.
    return session && ids.indexOf(id) < index ? copyOf(session) : session
  })
}

function copyOf(session: FoundSession): FoundSession {
  const { BSON } = mongo
  return BSON.deserialize(BSON.serialize(session)) as FoundSession // What MongoDB sent goes there and back.
}
