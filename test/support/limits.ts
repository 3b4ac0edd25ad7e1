import * as accounts from '../../src/accounts/routes.ts'
import type { Limit } from '../../src/web/limits.ts'

/** The core's limits, by their names. */
export const limits = {
  signInByAddress: accounts.signInByAddress,
  signInByAddressAndAccount: accounts.signInByAddressAndAccount,
  signInByAccount: accounts.signInByAccount,
  signInByKnownBrowser: accounts.signInByKnownBrowser,
  signInByKnownBrowsers: accounts.signInByKnownBrowsers,
  signInByKnownAddress: accounts.signInByKnownAddress,
  registerByAddress: accounts.registerByAddress,
} as const satisfies Record<string, Limit>
