import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { hash, type Options, verify } from '@node-rs/argon2'
import pLimit from 'p-limit'
import { string } from 'yup'
import { TryLater } from '../errors.ts'
import { atMost } from '../web/forms.ts'

/** Code points. Length and no rules of composition (NIST SP 800-63B-4, section 3.1.1.2); the end bounds the work of a sign-in. */
export const passwordLength = { min: 12, max: 256 } as const

/** For forms that ask for the password there is. */
export const password = string()
  .transform(normalized)
  .required('Enter your password.')
  .test(atMost(passwordLength.max, `Passwords are ${passwordLength.max} characters or fewer.`))

/** For forms that ask for a new one, with `words` in the form's context that must not make up most of it. */
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
    'This is too similar to your email address or the name of this app.',
    (password, { parent, options }) =>
      !isMostly(password, [parent.email ?? '', ...(options.context?.words ?? [])]),
  )

/** A PHC string, salt and parameters included. @throws {TryLater} 503 when too many wait */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(normalized(password), parameters))
}

/**
 * Without a hash that it can read, it does the same work. A no comes after the same time for every hash, those with other
 * parameters included: the clock must not tell who is registered. @throws {TryLater} 503 when too many wait
 */
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

/** Whether the hash was made with other parameters than today's. */
export function isOutdated(stored: string): boolean {
  return !stored.startsWith(currentPrefix)
}

/** OWASP's minimum: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html */
const parameters: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const currentPrefix = '$argon2id$v=19$m=19456,t=2,p=1$'

/** Zeros in the place of salt and hash: as much work to compare as any, and no password has it. */
const dummyHash = `${currentPrefix}${'A'.repeat(22)}$${'A'.repeat(43)}`

/** Milliseconds, well above what a hash takes, also one with stronger parameters. */
export const refusalMs = 200

/** A core stays free for other pages, and of Node's four threads for this one for files and names. */
const maxAtOnce = Math.max(1, Math.min(availableParallelism() - 1, 3))
/** The last one that waits does so for about a third of a second. */
export const maxQueued = 32 * maxAtOnce
const queue = pLimit(maxAtOnce)

/** Each takes 19 MiB and a core: without an end to the queue, a crowd would stop every other page. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (queue.activeCount + queue.pendingCount >= maxQueued)
    throw new TryLater(503, "We're very busy right now. Try again in a few seconds.", 5)
  return await queue(work)
}

/** Keyboards differ in how they send the same letter (NIST SP 800-63B-4, section 3.1.1.2). */
function normalized(password = ''): string {
  return password.normalize('NFKC')
}

const commonPasswords = new Set(
  readFileSync(new URL('../../resources/common-passwords.txt', import.meta.url), 'utf8')
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.startsWith('#')),
)

/** Fewer characters than this beside the words are guessed in no time ("acme-2026!"). */
const minOfItsOwn = 8

function isMostly(password: string, words: readonly string[]): boolean {
  const lowerCased = password.toLowerCase()
  const rest = words
    .flatMap((word) => [word, ...word.split(/[@\s]/)])
    .filter((word) => word.length >= 3)
    .reduce((left, word) => left.replaceAll(word.toLowerCase(), ''), lowerCased)
  return rest !== lowerCased && [...rest].length < minOfItsOwn
}
