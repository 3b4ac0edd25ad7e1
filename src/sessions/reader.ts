import DataLoader from 'dataloader'
import { mongo } from 'mongoose'
import type { StoredSession } from './session.ts'

interface FoundSession extends StoredSession {
  user: mongo.BSON.Document | null
}

/** With larger batches the app sits idle until the last session is read. */
const maxAtOnce = 16

/** One command reads the sessions and users of all concurrent requests. Optional: without it, passport reads users by `findById`. */
export function readTogether(sessions: mongo.Collection<StoredSession>, usersCollection: string) {
  const loader = new DataLoader((ids: readonly string[]) => readEach(sessions, usersCollection, ids), {
    cache: false,
    maxBatchSize: maxAtOnce,
    // Runs after all sockets that have data were read.
    batchScheduleFn: setImmediate,
  })
  return (id: string) => loader.load(id)
}

async function readEach(sessions: mongo.Collection<StoredSession>, from: string, ids: readonly string[]) {
  const found = await sessions
    .aggregate<StoredSession & { user: mongo.BSON.Document[] }>([
      // By _id alone, which is twice as fast as with a condition on `expires`. For one session, equality is fastest.
      { $match: { _id: ids.length === 1 ? ids[0] : { $in: [...new Set(ids)] } } },
      // Passport stores the ID as a string. An invalid one is not an error, but belongs to no user.
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
    // Two requests of one browser must not share, and change, the same object.
    return session && ids.indexOf(id) < index ? copyOf(session) : session
  })
}

function copyOf(session: FoundSession): FoundSession {
  const { BSON } = mongo
  return BSON.deserialize(BSON.serialize(session)) as FoundSession // BSON preserves what MongoDB sent.
}
