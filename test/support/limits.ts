import * as accounts from '../../src/auth/routes.ts'
import type { Limit } from '../../src/web/limits.ts'

/** The core's limits by name. */
export const limits = {
  signInByAddress: accounts.signInByAddress,
  signInByAddressAndAccount: accounts.signInByAddressAndAccount,
  signInByAccount: accounts.signInByAccount,
  signInByKnownBrowsers: accounts.signInByKnownBrowsers,
  registerByAddress: accounts.registerByAddress,
} as const satisfies Record<string, Limit>
