import { createRequire } from 'node:module'
import util from 'node:util'
import type connectFlash from 'connect-flash'
import type { Request, Response } from 'express'
import { expireSession, keepBriefly, saveSession } from './index.ts'

// connect-flash takes util.isArray, of which newer Node warns (DEP0044) and which a later one may not have.
Object.assign(util, { isArray: Array.isArray })
/** Gives each request its `req.flash`. */
export const flash: typeof connectFlash = createRequire(import.meta.url)('connect-flash')

type FlashKind = 'success' | 'info'

/** Stores the message, then redirects (303): the next page is sure to find it. */
export async function redirectWithFlash(
  req: Request,
  res: Response,
  to: string,
  kind: FlashKind,
  message: string,
): Promise<void> {
  req.flash(kind, message)
  if (!req.session.signedInAt) keepBriefly(req)
  await saveSession(req)
  res.redirect(303, to)
}

/** The messages for this page, each shown once. For views: whatever is not rendered stays for the next page. */
export function takeFlash(req: Request): Record<string, string[]> {
  // connect-flash makes an entry in the session when it only looks, which would store a session for every robot.
  if (!req.session?.flash) return {}
  const messages = req.flash()
  delete req.session.flash
  // A guest's session has served its purpose.
  if (!req.session.signedInAt) expireSession(req)
  return messages
}
