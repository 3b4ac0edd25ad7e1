import DataLoader from 'dataloader'
import { mongo } from 'mongoose'
import type { StoredSession } from '../models/session.ts'
import { type SessionWithUser, sessionsWithUsers } from '../models/session-with-user.ts'

/** More in a command leave the app idle until the last is read; fewer make more commands. docs/decisions.md has figures. */
const mostAtOnce = 16

/** Finds a session by its stored id, together with its user; undefined when there is none. */
export type SessionReader = (id: string) => Promise<SessionWithUser | undefined>

/**
 * Reads by one command what all requests ask for that arrive in one turn of the event loop. A process with little to do
 * sends what it would have sent without; one with much to do sends fewer commands the more requests wait. Every command
 * begins after the requests that it is for, so that a session is as fresh as with a command of its own.
 * @throws what MongoDB's driver throws, to all whom the command was for
 */
export function sessionReader(sessions: mongo.Collection<StoredSession>): SessionReader {
  const loader = new DataLoader((ids: readonly string[]) => read(sessions, ids), {
    cache: false,
    maxBatchSize: mostAtOnce,
    // It runs when every socket has been read that had something to say. CPU saved, GET /dashboard, 32 people at once: 46 %
    // on Node 20, 47 % on 22, 46 % on 24, and two thirds of MongoDB's; one at a time costs what it did.
    batchScheduleFn: setImmediate,
  })
  return (id) => loader.load(id)
}

async function read(sessions: mongo.Collection<StoredSession>, ids: readonly string[]) {
  const found = await sessions.aggregate<SessionWithUser>(sessionsWithUsers([...new Set(ids)])).toArray()
  const byId = new Map(found.map((session) => [session._id, session]))
  return ids.map((id, index) => {
    const session = byId.get(id)
    // Two requests of one browser: what one does to its session must not show in the other's.
    return session && ids.indexOf(id) < index ? copyOf(session) : session
  })
}

function copyOf(session: SessionWithUser): SessionWithUser {
  const { BSON } = mongo
  return BSON.deserialize(BSON.serialize(session)) as SessionWithUser // What MongoDB sent goes there and back.
}
