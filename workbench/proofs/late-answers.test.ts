import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startWholeApp, Visitor } from '../support/testing.ts'
import { startLateNetwork } from './support/late-network.ts'

const rounds = 200
const browsers = 10
const lateByMs = 60
const passwords = ['seven green bicycles', 'eleven purple kettles'] as const

const app = await startWholeApp()
const origin = await startLateNetwork(app.address, lateByMs)

test(`while three tabs load, ${rounds} password changes sign no one out`, () =>
  inBrowsers(async (visitor, person, round) => {
    const [now, next] = round % 2 ? passwords : passwords.toReversed()
    const { status } = await visitor.submit('/account/password', {
      password: now ?? '',
      'new-password': next ?? '',
    })
    assert.equal(status, 303)
    person.password = next ?? ''
  }))

test(`while three tabs load, ${rounds} sign-ins over an ended session stay`, () =>
  inBrowsers(async (visitor, person) => {
    const user = await app.users.findOne({ email: person.email })
    await app.sessions.deleteMany({ 'session.passport.user': String(user?._id) })
    await sleep(Math.random() * lateByMs)
    assert.equal((await visitor.logIn(person)).status, 303)
  }))

async function inBrowsers(
  act: (visitor: Visitor, person: { email: string; password: string }, round: number) => Promise<void>,
): Promise<void> {
  let signedOut = 0
  const browse = async () => {
    const visitor = new Visitor(origin)
    const person = { ...(await visitor.register()), password: passwords[0] }
    const changing: { email: string; password: string } = person
    for (let round = 1; round <= rounds / browsers; round += 1) {
      await app.forgetTries()
      let isActing = true
      const tabs = ['/', '/account', '/dashboard'].map(async (path) => {
        while (isActing) await visitor.get(path)
      })
      await sleep(Math.random() * 2 * lateByMs)
      await act(visitor, changing, round)
      isActing = false
      await Promise.all(tabs)
      if (await visitor.isSignedIn()) continue
      signedOut += 1
      await visitor.logIn(changing)
    }
  }
  await Promise.all(Array.from({ length: browsers }, browse))
  assert.equal(signedOut, 0, `of ${rounds}`)
}
