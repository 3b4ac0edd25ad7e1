import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answer, ask } from '../../test/support/http.ts'
import {
  locationOf,
  ownDatabaseUrl,
  sessionPairOf,
  startTcpProxy,
  startWholeApp,
  type TestApp,
  type Visitor,
} from '../support/testing.ts'

const people = 5
const roundsEach = 10
const requestsInFlight = 20

const url = ownDatabaseUrl()
const network = await startTcpProxy(url)
const app: TestApp = await startWholeApp({ DATABASE_URL: network.through(url) })
// Enough to catch every request between its read and its write.
network.delay(0, 8)

for (const [name, end] of [
  ['signing out', (_elsewhere: Visitor, cookie: string) => post('/logout', cookie)],
  [
    'ending it from another browser',
    (elsewhere: Visitor, _cookie: string, id: string) => elsewhere.submit(`/sessions/${id}/end`),
  ],
  ['ending all others', (elsewhere: Visitor) => elsewhere.submit('/sessions/end-others')],
] as const) {
  test(`${name} ends a session for good, with ${requestsInFlight} writing requests in flight, 50 times`, async () => {
    await Promise.all(Array.from({ length: people }, () => endAgainAndAgain(end)))
  })
}

async function endAgainAndAgain(
  end: (elsewhere: Visitor, cookie: string, id: string) => PromiseLike<Answer>,
): Promise<void> {
  const elsewhere = app.visitor()
  const person = await elsewhere.register()
  await elsewhere.get('/dashboard')
  const userId = String((await app.users.findOne({ email: person.email }))?._id)
  for (let round = 1; round <= roundsEach; round += 1) {
    // The greeting is stored in the session, so every page that shows it writes the session.
    await app.forgetTries()
    const cookie = sessionPairOf(await app.visitor().logIn(person))
    const id = await otherSession(elsewhere)
    const writers = Array.from({ length: requestsInFlight }, () => get('/dashboard', cookie))
    const [ended] = await Promise.all([end(elsewhere, cookie, id), ...writers])
    assert.equal(ended.status, 303)

    const left = await app.sessions.countDocuments({ 'session.passport.user': userId })
    assert.equal(left, 1, `round ${round}: the ended session came back`)
    assert.match(locationOf(await get('/dashboard', cookie)), /^\/login/)
  }
}

async function otherSession(elsewhere: Visitor): Promise<string> {
  const { text } = await elsewhere.get('/sessions')
  return /action="\/sessions\/([0-9a-f]{64})\/end"/.exec(text)?.[1] ?? assert.fail('no other session')
}

function get(path: string, cookie: string) {
  return ask(app.address)
    .get(path)
    .set('Cookie', cookie.split(';', 1)[0] ?? '')
}

function post(path: string, cookie: string) {
  return ask(app.address)
    .post(path)
    .set('Cookie', cookie.split(';', 1)[0] ?? '')
    .set('Sec-Fetch-Site', 'same-origin')
}
