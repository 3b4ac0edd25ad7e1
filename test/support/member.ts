import { createHash } from 'node:crypto'
import type { TestApp } from './app.ts'
import { privatePage } from './home.ts'
import { ask, type Call } from './http.ts'
import { newPerson, type Person, sessionPairOf, Visitor } from './visitor.ts'

export interface Member {
  visitor: Visitor
  person: Person
  /** As the browser sends it: "sid=…". */
  cookie: string
  /** The _id of their session in MongoDB. */
  sessionId: string
}

/** A new, signed-in user. @param server of the app, or of another app on the same database */
export async function newMember(app: TestApp, server = app.server): Promise<Member> {
  await app.forgetTries()
  const visitor = new Visitor(server)
  const person = newPerson()
  const cookie = sessionPairOf(await visitor.fillInAndSubmit('/register', { ...person }))
  return { visitor, person, cookie, sessionId: storedIdOf(cookie) }
}

/** The ID in a cookie, without its signature. @throws if there is none */
export function idIn(cookie: string): string {
  const [, id] = /^(?:__Host-)?sid=s%3A([\w-]+)\./.exec(cookie) ?? []
  if (!id) throw new Error(`No session in ${cookie}`)
  return id
}

export function storedIdOf(cookie: string): string {
  return createHash('sha256').update(idIn(cookie)).digest('hex')
}

/** The private page, requested with only this cookie. */
export function privatePageWith(cookie: string, { server }: Pick<TestApp, 'server'>): Call {
  return ask(server).get(privatePage).set('Cookie', cookie)
}

/** As if ten minutes had passed since this user's last confirmation, in every session. */
export async function forgetConfirmation(app: TestApp, { email }: Pick<Person, 'email'>): Promise<void> {
  const user = await app.users.findOne({ email })
  const filter = { 'session.passport.user': String(user?._id) }
  await app.sessions.updateMany(filter, { $unset: { 'session.confirmedAt': 1 } })
}
