import { safeReturnTo } from '../../src/return-to.ts'

/** The landing page: where a sign-in leads when no other page was asked for. */
export const home = safeReturnTo(undefined, 'http://localhost')

/** A page that only members see. When your landing page is open to everybody, name another one. */
export const privatePage = home

/** Where a guest who asks for the private page is sent. */
export const signInFirst = `/login?returnTo=${encodeURIComponent(privatePage)}`
