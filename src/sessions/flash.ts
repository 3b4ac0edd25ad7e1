import { createRequire } from 'node:module'
import util from 'node:util'
import type connectFlash from 'connect-flash'
import type { Request, Response } from 'express'
import { keepBriefly, saveSession } from './index.ts'
import { isEmptySession } from './session.ts'

// connect-flash takes util.isArray when it is loaded, which newer versions of Node warn of (DEP0044) and may drop.
Object.assign(util, { isArray: Array.isArray })

export const flash: typeof connectFlash = createRequire(import.meta.url)('connect-flash')

/** Stores the message, then redirects (303), so the next page is sure to find it. */
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
    // What was done is done, and only the message about it is lost.
    req.log.warn({ err: error }, 'Could not store a message')
    // Without an ID express-session does not try again.
    Object.assign(req, { sessionID: undefined })
  }
  res.redirect(303, to)
}

/** The messages for this page, each shown once. For views: whatever is not rendered stays for the next page. */
export function takeFlash(req: Request): Record<string, string[]> {
  // connect-flash makes an entry when it only looks, which would store a session for every robot.
  if (!req.session?.flash) return {}
  const messages = req.flash()
  delete req.session.flash
  return messages
}
