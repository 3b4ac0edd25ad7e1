import { createRequire } from 'node:module'
import util from 'node:util'
import type connectFlash from 'connect-flash'
import type { Request, Response } from 'express'
import { keepBriefly, saveSession } from './index.ts'
import { isEmptySession } from './session.ts'

// connect-flash uses util.isArray, which newer versions of Node deprecate (DEP0044) and may remove.
Object.assign(util, { isArray: Array.isArray })

export const flash: typeof connectFlash = createRequire(import.meta.url)('connect-flash')

/** Stores the message before it redirects (303), so the next page always finds it. */
export async function redirectWithFlash(
  req: Request,
  res: Response,
  to: string,
  kind: 'success' | 'info' | 'problem',
  message: string,
): Promise<void> {
  req.flash(kind, message)
  const { flash: _, ...rest } = req.session
  if (isEmptySession(rest)) keepBriefly(req)
  try {
    await saveSession(req)
  } catch (error) {
    // The change itself was made; only the message is lost.
    req.log.warn({ err: error }, 'Could not store a message')
    // Without an ID, express-session doesn't try to save again.
    Object.assign(req, { sessionID: undefined })
  }
  res.redirect(303, to)
}

/** Called by views, so that messages stay stored until a page shows them. */
export function takeFlash(req: Request): Record<string, string[]> {
  // connect-flash adds an entry even when it only reads, which would store a session for every bot.
  if (!req.session?.flash) return {}
  const messages = req.flash()
  delete req.session.flash
  return messages
}
