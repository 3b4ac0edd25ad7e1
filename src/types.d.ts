import type { UserDocument } from './models/user.ts'

declare global {
  namespace Express {
    /** The signed-in person, as passport puts it on the request. */
    interface User extends UserDocument {}
  }
}

declare module 'express-session' {
  interface Cookie {
    /** The Set-Cookie header as express-session sends it; missing in its published types. */
    serialize(name: string, value: string): string
  }

  interface SessionData {
    /** Passport's own: the id of the signed-in user, a string so that the index on it works. */
    passport?: { user?: string }
    /** The user's when the session began. */
    epoch?: number
    /** When and from where the person signed in. Absent from a guest's session, which holds a flash and nothing else. */
    signedInAt?: Date
    userAgent?: string
    address?: string
    /** connect-flash's own: messages for the next page. */
    flash?: Record<string, string[]>
  }
}
