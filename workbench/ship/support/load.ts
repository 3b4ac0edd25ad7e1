import { newPerson } from '../../support/testing.ts'
import { ask, cookiesOf } from './client.ts'

export interface Load {
  /** So far. */
  requests(): number
  /** What went wrong, one line each. */
  failures(): string[]
  signedOut(): number
  stop(): Promise<void>
}

const people = 24
/** Of the requests of each: one in so many is a new sign-in, one a file, the others their dashboard. */
const everyNth = 40
const slowest = 10_000 // ms; more than any restart takes

/** People who are signed in, and ask without a pause until they are told to stop. */
export async function startLoad(origin: string): Promise<Load> {
  const failures: string[] = []
  let requests = 0
  let signedOut = 0
  let stopped = false
  const browsing = Array.from({ length: people }, browse)
  return {
    requests: () => requests,
    failures: () => failures,
    signedOut: () => signedOut,
    async stop() {
      stopped = true
      await Promise.all(browsing)
    },
  }

  async function browse(): Promise<void> {
    const person = newPerson()
    const cookie = cookiesOf(await ask(`${origin}/register`, { form: { ...person } }))
    // Signed out, but still known: all of them come from one address, which has few tries for strangers.
    const known = { Cookie: cookie.replace(/__Host-sid=[^;]+/, '') }
    const { email, password } = person
    for (let turn = 1; !stopped; turn += 1) {
      if (turn % everyNth === 0) await expect(303, '/login', { headers: known, form: { email, password } })
      else if (turn % everyNth === 1) await expect(200, '/robots.txt')
      else {
        const text = await expect(200, '/dashboard', { headers: { Cookie: cookie } })
        if (text !== undefined && !text.includes(`Hello, ${person.name}<`))
          failures.push('a page of somebody else')
      }
    }
  }

  /** The page, unless it is another status than that. */
  async function expect(status: number, path: string, question: Parameters<typeof ask>[1] = {}) {
    requests += 1
    const start = performance.now()
    const answer = await ask(origin + path, question).catch((error: Error) => error)
    if (performance.now() - start > slowest) failures.push(`${path} took longer than ${slowest} ms`)
    if (answer instanceof Error) failures.push(`${path} ${answer.message}`)
    else if (answer.status === status) return answer.text
    else if (path === '/dashboard' && answer.status === 303) signedOut += 1
    else failures.push(`${path} ${answer.status}`)
    return undefined
  }
}
