import { homePath } from '../../src/config.ts'

/** The landing page: where a sign-in leads when no other page was asked for. */
export const home = homePath

/** A page that only users see. When your landing page is open to everyone, name another one. */
export const privatePage = home

/** Where a guest who asks for the private page is sent. */
export const signInFirst = `/login?returnTo=${encodeURIComponent(privatePage)}`
