import type { Request } from 'express'

/**
 * What an operator may want to see, count or be woken by. The names are stable; docs/security.md says when each comes.
 * https://cheatsheetseries.owasp.org/cheatsheets/Logging_Vocabulary_Cheat_Sheet.html
 */
export const securityEvents = {
  'account.registered': ['info', 'Registered'],
  'account.deleted': ['info', 'Deleted the account'],
  'sign-in.accepted': ['info', 'Signed in'],
  'sign-in.refused': ['warn', 'Wrong email address or password'],
  'sign-out': ['info', 'Signed out'],
  'password-again.refused': ['warn', 'Wrong password of somebody who is signed in'],
  'password.changed': ['info', 'Changed the password'],
  'password.reset': ['info', 'Set a new password with a mailed link'], // mail
  'email.changed': ['info', 'Changed the email address'], // mail
  'session.ended': ['info', 'Ended a session'],
  'sessions.ended': ['info', 'Ended all other sessions'],
  'limit.reached': ['warn', 'Too many tries'],
  'queue.full': ['warn', 'Too many passwords wait to be hashed'],
  'access.refused': ['info', 'Refused what is private'],
  'form.cross-site': ['warn', 'Form from another site refused'],
} as const satisfies Record<string, readonly ['info' | 'warn', string]>

export type SecurityEvent = keyof typeof securityEvents

interface Details {
  /** Left out: whoever is signed in. */
  userId?: string | undefined
  [name: string]: string | number | undefined
}

/** One line in the log: which event, who, from where; the request's id ties it to the line of the request. */
export function report(req: Request, event: SecurityEvent, details: Details = {}): void {
  const [level, text] = securityEvents[event]
  req.log[level]({ event, userId: req.user?.id, address: req.ip, ...details }, text)
}
