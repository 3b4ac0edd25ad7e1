import { readFileSync } from 'node:fs'

/**
 * Length and no rules of composition (NIST SP 800-63B-4, section 3.1.1.2). The upper limit bounds the work of one
 * sign-in and is far above any password manager's. Unicode code points.
 */
export const passwordLength = { min: 12, max: 256 } as const

/**
 * Says in a sentence why this password is a bad choice, or undefined when it will do.
 * @param context words a guesser would try first: the person's email, the app's name
 */
export function passwordProblem(password: string, context: readonly string[]): string | undefined {
  const length = [...password].length
  if (length < passwordLength.min)
    return `Use at least ${passwordLength.min} characters. A few words in a row are fine.`
  if (length > passwordLength.max) return `Use at most ${passwordLength.max} characters.`
  const lowerCased = password.toLowerCase()
  if (commonPasswords.has(lowerCased))
    return 'This password is in every list that attackers try. Choose another one.'
  if (isMostly(lowerCased, context))
    return 'This is too close to your email address or to the name of this app.'
  return undefined
}

const commonPasswords = new Set(
  readFileSync(new URL('../../resources/common-passwords.txt', import.meta.url), 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.startsWith('#')),
)

/** Fewer characters than this beside the context words are guessed in no time ("acme-2026!"). */
const leastOfItsOwn = 8

function isMostly(lowerCased: string, context: readonly string[]): boolean {
  const words = context
    .flatMap((word) => [word, ...word.split(/[@\s]/)])
    .map((word) => word.toLowerCase())
    .filter((word) => word.length >= 3)
  const withoutThem = words.reduce((rest, word) => rest.replaceAll(word, ''), lowerCased)
  return withoutThem !== lowerCased && [...withoutThem].length < leastOfItsOwn
}
