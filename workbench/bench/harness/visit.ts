import { cookieOf, get } from './app.ts'
import { commandsOf } from './commands.ts'
import type { Contestant, Running } from './contestant.ts'
import type { Harness } from './harness.ts'
import type { Entry } from './race.ts'

export type SignIn = (running: Running) => Promise<string>

/** For contestants with sessions. */
export const signIn: SignIn = async ({ url }) => {
  const answer = await fetch(`${url}/sign-in`)
  await answer.text() // express-session holds back the last byte until the session is stored
  return cookieOf(answer)
}

/** For public pages. */
export const asGuest: SignIn = async () => ''

/** Signs in this many people. @returns their cookies */
export async function signInAll(running: Running, signIn: SignIn, count: number): Promise<string[]> {
  const cookies: string[] = []
  while (cookies.length < count) cookies.push(await signIn(running))
  return cookies
}

/** Starts a contestant, signs in a user per connection and counts the page's commands. */
export async function visit(
  harness: Harness,
  contestant: Contestant,
  { path, signIn, connections = 32 }: { path: string; signIn: SignIn; connections?: number },
): Promise<Entry> {
  const running = await harness.start(contestant)
  const cookies = await signInAll(running, signIn, connections)
  harness.say(`counting the commands of ${contestant.name}`)
  return {
    running,
    load: { path, connections, cookies },
    behind: harness.database,
    commands: contestant.env.DATABASE_URL
      ? await commandsOf(contestant, signIn, ({ url }, cookie) => get(url + path, cookie))
      : [],
  }
}

/** Starts all contestants at once, because nothing is measured yet. */
export async function all<N extends string, T>(promises: Record<N, Promise<T>>): Promise<Record<N, T>> {
  const names = Object.keys(promises) as N[] // an object's own keys are of its type
  const values = await Promise.all(names.map(async (name) => [name, await promises[name]]))
  // Object.fromEntries loses the types of the names.
  return Object.fromEntries(values) as Record<N, T>
}
