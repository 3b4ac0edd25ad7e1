const minute = 60
const hour = 60 * minute

export interface Limit {
  /** So many are let through in one window; the next is answered with 429 until the window ends. */
  readonly tries: number
  /** Length of the window, which begins with its first try. Seconds. */
  readonly seconds: number
}

/**
 * How often somebody may try. It slows a guesser down and locks nobody out: windows are short, a browser that has signed
 * in to the account before has tries of its own, and so has a password reset.
 * https://cheatsheetseries.owasp.org/cheatsheets/Authentication_Cheat_Sheet.html#protect-against-automated-attacks
 */
export const limits = {
  // Passwords at /login, from a browser that is new to the account. A right one is given back to its address, which an
  // office or a mobile network shares.
  signInByAddress: { tries: 30, seconds: 15 * minute },
  // Below the next one, so that one address alone cannot use up what the account has for all strangers.
  signInByAddressAndAccount: { tries: 5, seconds: 15 * minute },
  signInByAccount: { tries: 10, seconds: 15 * minute },
  // The same from a browser that has signed in to the account before.
  signInByKnownBrowser: { tries: 15, seconds: 15 * minute },
  // Passwords asked for again: a new password, a new email address, deletion.
  passwordAgainByUser: { tries: 10, seconds: 15 * minute },
  registerByAddress: { tries: 30, seconds: hour },
  // begin mail
  forgotPasswordByAddress: { tries: 20, seconds: hour },
  confirmationMailByAddress: { tries: 20, seconds: hour },
  // end mail
} as const satisfies Record<string, Limit>

export type LimitName = keyof typeof limits
