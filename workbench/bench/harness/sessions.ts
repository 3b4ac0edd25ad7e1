import { createHmac, randomBytes } from 'node:crypto'
import type { Collection } from 'mongodb'
import { type StoredSession, storageId } from '../../support/app.ts'
import { secretKey } from './app.ts'

const twoWeeksMs = 14 * 24 * 60 * 60 * 1000
const atOnce = 1_000

/** Copies of a session stored by the app, each with a different user and a different time in the past two weeks. */
export async function fillSessions(
  sessions: Collection<StoredSession>,
  count: number,
  say: (line: string) => void,
): Promise<void> {
  const { _id, ...original } = await anyOf(sessions)
  let inserting: Promise<unknown> = Promise.resolve()
  for (let done = 0; done < count; done += atOnce) {
    say(`storing sessions: ${done} of ${count}`)
    const copies = Array.from({ length: Math.min(atOnce, count - done) }, () => {
      const agoMs = Math.random() * twoWeeksMs
      return {
        ...original,
        _id: randomBytes(32).toString('hex'),
        expires: new Date(original.expires.getTime() - agoMs),
        lastModified: new Date(original.lastModified.getTime() - agoMs),
        session: {
          ...original.session,
          signedInAt: new Date(original.lastModified.getTime() - agoMs),
          passport: { user: randomBytes(12).toString('hex') },
        },
      }
    })
    await inserting // the previous batch, while this one was prepared
    inserting = sessions.insertMany(copies, { ordered: false })
  }
  await inserting
}

/** Stores copies for the same user. @returns their cookies @param cookie any of the app's, for its name */
export async function usableSessions(
  sessions: Collection<StoredSession>,
  count: number,
  cookie: string,
): Promise<string[]> {
  const original = await anyOf(sessions)
  const [name] = cookie.split('=')
  const cookies: string[] = []
  for (let done = 0; done < count; done += atOnce) {
    const ids = Array.from({ length: Math.min(atOnce, count - done) }, () =>
      randomBytes(24).toString('base64url'),
    )
    await sessions.insertMany(
      ids.map((id) => ({ ...original, _id: storageId(id) })),
      { ordered: false },
    )
    cookies.push(...ids.map((id) => `${name}=${encodeURIComponent(signed(id))}`))
  }
  return cookies
}

/** The size of the documents, uncompressed, and of all their index entries. */
export async function storedBytes(
  sessions: Collection<StoredSession>,
): Promise<{ count: number; bytes: number; indexBytes: number }> {
  const [stats] = await sessions.aggregate([{ $collStats: { storageStats: {} } }]).toArray()
  const { count, size: bytes, totalIndexSize: indexBytes } = stats?.storageStats ?? {}
  return { count, bytes, indexBytes }
}

async function anyOf(sessions: Collection<StoredSession>): Promise<StoredSession> {
  const stored = await sessions.findOne({ 'session.signedInAt': { $exists: true } })
  if (!stored) throw new Error('The app has stored no session')
  return stored
}

/** As express-session signs: https://github.com/tj/node-cookie-signature */
function signed(id: string): string {
  const signature = createHmac('sha256', secretKey).update(id).digest('base64').replace(/=+$/, '')
  return `s:${id}.${signature}`
}
