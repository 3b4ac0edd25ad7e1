import { randomBytes } from 'node:crypto'
import type { mongo } from 'mongoose'
import { password } from './app.ts'
import type { Running } from './contestant.ts'
import { post } from './together.ts'

/** Sign-ins of one account from new browsers are limited to ten in 15 minutes: src/limits.ts. */
const signInsEach = 8

/** People with one password, enough for so many sign-ins: what the next one types. */
export async function accounts(
  app: Running,
  users: mongo.Collection<{ email: string; passwordHash: string }>,
  signIns: number,
): Promise<{ next(): { email: string; password: string }; passwordHash: string }> {
  const name = randomBytes(8).toString('hex')
  const emailOf = (index: number) => `${name}-${index}@example.com`
  await post(app, '/register', { name: 'Ada', email: emailOf(0), password })
  const first = await users.findOne({ email: emailOf(0) })
  if (!first) throw new Error('The app has stored no user')
  const { _id, ...ada } = first
  const count = Math.ceil(signIns / signInsEach)
  const others = Array.from({ length: count }, (_, index) => ({ ...ada, email: emailOf(index + 1) }))
  await users.insertMany(others)
  let signedIn = 0
  return {
    passwordHash: ada.passwordHash,
    next() {
      signedIn += 1
      return { email: emailOf(1 + (signedIn % count)), password }
    },
  }
}
