import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { mongo } from 'mongoose'
import { password } from './app.ts'
import type { Running } from './contestant.ts'
import { post } from './together.ts'

/** Below the limits of src/limits.ts for 15 minutes, from new browsers or from a known one. */
const signInsEach = 8

export interface Accounts {
  /** Signs in to the next account, from a new browser and a new IP address. */
  signIn(): Promise<unknown>
  /** The same, from a browser known to the account. */
  signInAgain(): Promise<unknown>
  /** The next person's form fields. */
  next(): { email: string; password: string }
  passwordHash: string
}

/** Accounts with one password, enough for this many sign-ins of each kind. */
export async function accounts(
  app: Running,
  users: mongo.Collection<{ email: string; passwordHash: string }>,
  signIns: number,
): Promise<Accounts> {
  const name = randomBytes(8).toString('hex')
  const emailOf = (index: number) => `${name}-${index}@example.com`
  await post(app, '/register', { name: 'Ada', email: emailOf(0), password })
  const first = await users.findOne({ email: emailOf(0) })
  if (!first) throw new Error('The app has stored no user')
  const { _id, ...ada } = first
  const count = Math.ceil(signIns / signInsEach)
  await users.insertMany(Array.from({ length: count }, (_, index) => ({ ...ada, email: emailOf(index + 1) })))
  const browsers = new Map<string, string>()
  let signedIn = 0

  const next = () => {
    signedIn += 1
    return { email: emailOf(1 + (signedIn % count)), password }
  }
  const signIn = async (person = next()) => {
    const answer = await post(app, '/login', person)
    browsers.set(person.email, browserCookieOf(answer))
    return answer
  }
  const signInAgain = async () => {
    const person = next()
    const browser = browsers.get(person.email)
    return browser ? await post(app, '/login', person, browser) : await signIn(person)
  }
  return { passwordHash: ada.passwordHash, next, signIn: () => signIn(), signInAgain }
}

/** The app recognizes the browser by it: src/middleware/known-browser.ts. */
function browserCookieOf({ headers }: IncomingMessage): string {
  const cookie = headers['set-cookie']?.find((text) => text.startsWith('browser='))
  return cookie?.split(';', 1)[0] ?? ''
}
