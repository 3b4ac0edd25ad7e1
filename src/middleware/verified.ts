import type { RequestHandler } from 'express'
import type { MailSettings } from '../mail-settings.ts'
import { currentUser } from './authentication.ts'

/** Gate for pages that wait for a confirmed email address, where REQUIRE_VERIFIED_EMAIL asks for one. */
export function verifiedOnly({ requireVerified }: MailSettings): RequestHandler {
  return (req, res, next) => {
    if (!requireVerified || currentUser(req).emailVerifiedAt) return next()
    res.redirect(303, '/verify-email')
  }
}
