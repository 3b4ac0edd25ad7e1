import { randomBytes } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { hash, type Options, verify } from '@node-rs/argon2'
import pLimit from 'p-limit'
import { TryLater } from '../http-error.ts'

/**
 * argon2id with OWASP's minimum: 19 MiB of memory, two passes, one lane; about 10 ms.
 * https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
 */
const parameters: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const currentPrefix = '$argon2id$v=19$m=19456,t=2,p=1$'

/**
 * A core stays free for everybody else's pages, and of Node's four threads for this one for files and names. On two cores,
 * while people sign in, the p99 of others then grows half as much; a crowd's sign-ins are a sixth fewer a second.
 */
const atOnce = Math.max(1, Math.min(availableParallelism() - 1, 3))
/** At work and waiting together; the last one waits about a third of a second. */
export const mostAtATime = 32 * atOnce
const queue = pLimit(atOnce)

/**
 * A PHC string, salt and parameters included. Normalised, as keyboards differ in how they send the same letter
 * (NIST SP 800-63B-4, section 3.1.1.2).
 * @throws {TryLater} 503 when too many wait
 */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(password.normalize('NFKC'), parameters))
}

/**
 * Without a stored hash it does the same work and says no: the clock must not tell who is registered.
 * @throws {TryLater} 503 when too many wait
 */
export async function verifyPassword(stored: string | undefined, password: string): Promise<boolean> {
  const matches = await inTurn(() => verify(stored ?? nobodysHash, password.normalize('NFKC')))
  return stored !== undefined && matches
}

/** Whether the hash was made with other parameters than today's. */
export function isOutdated(stored: string): boolean {
  return !stored.startsWith(currentPrefix)
}

export function tooBusy(): TryLater {
  return new TryLater(
    503,
    'Very many people are signing in at this moment. Nothing is lost: try again in a few seconds.',
    5,
  )
}

/** Each takes 19 MiB and a core: without an end to the queue, a crowd would stop every other page. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (queue.activeCount + queue.pendingCount >= mostAtATime) throw tooBusy()
  return await queue(work)
}

/** Random bytes where salt and hash stand: as much work to compare as any, and no password has it. */
const nobodysHash = `${currentPrefix}${base64(16)}$${base64(32)}`

function base64(bytes: number): string {
  return randomBytes(bytes).toString('base64').replaceAll('=', '')
}
