import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { hash, type Options, verify } from '@node-rs/argon2'
import pLimit from 'p-limit'
import { string } from 'yup'
import { TryLater } from '../errors.ts'
import { atMost } from '../web/forms.ts'

/** Code points. No composition rules (NIST SP 800-63B-4, section 3.1.1.2); the maximum bounds the work of a sign-in. */
export const passwordLength = { min: 12, max: 256 } as const

/** The user's current password. */
export const password = string()
  .transform(normalized)
  .required('Enter your password.')
  .test(atMost(passwordLength.max, `Passwords can't be longer than ${passwordLength.max} characters.`))

/** `words` in the form's context must not make up most of it. */
export const newPassword = string()
  .transform(normalized)
  .required('Choose a password.')
  .test(
    'at-least',
    `Use at least ${passwordLength.min} characters. A few random words work well.`,
    (password) => [...password].length >= passwordLength.min,
  )
  .test(atMost(passwordLength.max, `Use ${passwordLength.max} characters or fewer.`))
  .test(
    'uncommon',
    'This password is too common. Choose another one.',
    (password) => !commonPasswords.has(password.toLowerCase()),
  )
  .test(
    'dissimilar',
    'This password is too similar to your email address or the name of this app. Choose another one.',
    (password, { parent, options }) =>
      !isMostly(password, [parent.email ?? '', ...(options.context?.words ?? [])]),
  )

/** @returns a PHC string, with salt and parameters @throws {TryLater} 503 when the queue is full */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(normalized(password), parameters))
}

/** A refusal always takes the same time, even without a hash, or timing would show who is registered. @throws {TryLater} 503 */
export async function verifyPassword(stored: unknown, password: string): Promise<boolean> {
  const isReadable = typeof stored === 'string' && stored.startsWith('$argon2')
  const compared = isReadable ? stored : dummyHash
  let refusalTime: Promise<void> | undefined
  const matches = await inTurn(() => {
    refusalTime = sleep(refusalMs)
    return verify(compared, normalized(password)).catch(() => false)
  })
  if (isReadable && matches) return true
  await refusalTime
  return false
}

export function isOutdated(stored: string): boolean {
  return !stored.startsWith(currentPrefix)
}

/** OWASP's minimum: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html */
const parameters: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const currentPrefix = '$argon2id$v=19$m=19456,t=2,p=1$'

/** All zeros: takes as long to compare as any hash, and no password matches it. */
const dummyHash = `${currentPrefix}${'A'.repeat(22)}$${'A'.repeat(43)}`

/** Milliseconds; well above the time of any hash, even one with stronger parameters. */
export const refusalMs = 200

/** Leaves one core for other pages, and one of Node's four pool threads for files and DNS. */
const maxAtOnce = Math.max(1, Math.min(availableParallelism() - 1, 3))
/** The last in the queue waits about a third of a second. */
export const maxQueued = 32 * maxAtOnce
const queue = pLimit(maxAtOnce)

/** Each hash takes 19 MiB and a core, so an unbounded queue would let a crowd block every other page. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (queue.activeCount + queue.pendingCount >= maxQueued)
    throw new TryLater(503, "We're very busy right now. Try again in a few seconds.", 5)
  return await queue(work)
}

/** Keyboards encode the same letter differently (NIST SP 800-63B-4, section 3.1.1.2). */
function normalized(password = ''): string {
  return password.normalize('NFKC')
}

const commonPasswords = new Set(
  readFileSync(new URL('../../resources/common-passwords.txt', import.meta.url), 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.startsWith('#')),
)

/** "acme-2026!" has too few characters besides the name of the app, and is quickly guessed. */
const minOfItsOwn = 8

function isMostly(password: string, words: readonly string[]): boolean {
  const lowerCased = password.toLowerCase()
  const rest = words
    .flatMap((word) => [word, ...word.split(/[@\s]/)])
    .filter((word) => word.length >= 3)
    .reduce((left, word) => left.replaceAll(word.toLowerCase(), ''), lowerCased)
  return rest !== lowerCased && [...rest].length < minOfItsOwn
}
