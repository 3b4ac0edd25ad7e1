import { hash } from 'node:crypto'
import type { SessionData } from 'express-session'

/** 192 random bits need neither salt nor a slow hash. */
export function storageId(id: string): string {
  return hash('sha256', id)
}

/** The session's own data, without express-session's methods. */
export function plain(session: SessionData): SessionData {
  const { cookie } = session
  return {
    ...session,
    cookie: 'toJSON' in cookie && typeof cookie.toJSON === 'function' ? cookie.toJSON() : cookie,
  }
}

/** What a session says, but for the moment at which its cookie ends, which moves with every request. */
export function contentOf(session: SessionData): string {
  return JSON.stringify({ ...session, cookie: session.cookie.originalMaxAge })
}
