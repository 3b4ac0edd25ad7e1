import { homePath } from '../../src/config.ts'

/** The landing page, where a sign-in leads unless another page was requested. */
export const home = homePath

/** A page for signed-in users only. If your landing page is open to everyone, choose another one. */
export const privatePage = home

/** Where a guest who asks for the private page is sent. */
export const signInFirst = `/login?returnTo=${encodeURIComponent(privatePage)}`
