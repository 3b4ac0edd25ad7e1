import { hash, type Options, verify } from '@node-rs/argon2'

/**
 * argon2id with OWASP's minimum: 19 MiB of memory, two passes, one lane; about 10 ms.
 * https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
 */
const parameters: Options = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const currentPrefix = '$argon2id$v=19$m=19456,t=2,p=1$'

/**
 * A PHC string, salt and parameters included. Normalised, as keyboards differ in how they send the same letter
 * (NIST SP 800-63B-4, section 3.1.1.2).
 */
export function hashPassword(password: string): Promise<string> {
  return hash(password.normalize('NFKC'), parameters)
}

/** Without a stored hash it does the same work and says no: the clock must not tell who is registered. */
export async function verifyPassword(stored: string | undefined, password: string): Promise<boolean> {
  const matches = await verify(stored ?? (await nobodysHash), password.normalize('NFKC'))
  return stored !== undefined && matches
}

/** Whether the hash was made with other parameters than today's. */
export function isOutdated(stored: string): boolean {
  return !stored.startsWith(currentPrefix)
}

const nobodysHash = hashPassword('nobody has this password')
