import { newPerson } from '../../support/testing.ts'
import { ask, cookiesOf } from './client.ts'

export interface Load {
  /** Count so far. */
  requests(): number
  /** Failures, one line each. */
  failures(): string[]
  signedOut(): number
  stop(): Promise<void>
}

const people = 24
/** Of each user's requests, one in this many is a new sign-in, one a file, and the others are the dashboard. */
const everyNth = 40
const slowest = 10_000 // ms; more than any restart takes

/** Signed-in users who send requests without a pause until stopped. */
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
    // Signed out, but still known, because they share one IP address, which has few attempts for new browsers.
    const known = { Cookie: cookie.replace(/__Host-sid=[^;]+/, '') }
    const { email, password } = person
    for (let turn = 1; !stopped; turn += 1) {
      if (turn % everyNth === 0) await expect(303, '/login', { headers: known, form: { email, password } })
      else if (turn % everyNth === 1) await expect(200, '/robots.txt')
      else {
        const text = await expect(200, '/dashboard', { headers: { Cookie: cookie } })
        if (text !== undefined && !text.includes(`Hello, ${person.name}<`))
          failures.push("another user's page")
      }
    }
  }

  /** @returns the page, unless the status differs */
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
