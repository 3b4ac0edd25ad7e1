import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { sign } from 'cookie-signature'
import { readTogether } from '../../src/sessions/reader.ts'
import { startTestApp } from '../support/app.ts'
import { ownDatabaseUrl } from '../support/database.ts'
import { home } from '../support/home.ts'
import { startMongoRelay } from '../support/mongo-relay.ts'
import { exchange } from '../support/raw-http.ts'
import { sessionCookieOf } from '../support/visitor.ts'

// Requests that arrive together have their sessions read by one command: src/sessions/reader.ts.
const url = ownDatabaseUrl()
const noText = 'no text'
/** No driver writes such a string, and the tests' engine accepts none. */
const relay = await startMongoRelay(url, (client, upstream) => {
  client.pipe(upstream)
  upstream.on('data', (bytes: Buffer) => {
    for (let at = bytes.indexOf(noText); at >= 0; at = bytes.indexOf(noText)) bytes.set([0xff, 0xfe], at)
    client.write(bytes)
  })
})
const app = await startTestApp({ DATABASE_URL: relay.through(url) })
const people = await Promise.all(Array.from({ length: 8 }, signedIn))

beforeEach(() => app.database.takeCommands())

test('eight simultaneous requests are read by one command, and everyone gets their own page', async () => {
  const pages = await atOnce(people.map(({ cookie }) => cookie))
  assert.deepEqual(app.database.takeCommands(), ['aggregate'])
  assert.deepEqual(
    pages.map(nameOn),
    people.map(({ name }) => name),
  )
})

test('a single request is read by one command too', async () => {
  for (const { cookie, name } of people.slice(0, 3)) {
    assert.deepEqual((await atOnce([cookie])).map(nameOn), [name])
    assert.deepEqual(app.database.takeCommands(), ['aggregate'])
  }
})

test("a signed-out browser, an unknown session and a deleted user don't affect the others", async () => {
  const [out, deleted] = [await signedIn(), await signedIn()]
  await out.visitor.submit('/logout')
  await app.users.deleteOne({ email: deleted.email })
  const unknown = `sid=${encodeURIComponent(`s:${sign('never stored', app.config.secretKeys[0])}`)}`
  const [first, second, ...others] = people
  const cookies = [first, out, { cookie: unknown }, deleted, second, ...others].map((one) => `${one?.cookie}`)
  app.database.takeCommands()
  const pages = await atOnce(cookies)
  const names = people.map(({ name }) => name)
  assert.deepEqual(pages.map(nameOn), [names[0], '/login', '/login', '/login', names[1], ...names.slice(2)])
  // The rest of their session is deleted.
  assert.deepEqual(app.database.takeCommands(), ['aggregate', 'delete'])
})

test('invalid UTF-8 in the document of a session or user is not an error, and affects no other request', async () => {
  const [bySession, byUser] = [await signedIn(), await signedIn()]
  const { _id } = (await app.users.findOne({ email: bySession.email })) ?? {}
  const ofSession = { 'session.passport.user': String(_id) }
  await app.sessions.updateMany(ofSession, { $set: { 'session.userAgent': noText } })
  await app.users.updateOne({ email: byUser.email }, { $set: { name: noText } })
  const [first, ...others] = people
  const pages = await atOnce([first, bySession, byUser, ...others].map((one) => `${one?.cookie}`))
  const [own, odd, nameless, ...rest] = pages
  assert.deepEqual(
    [own, ...rest].map((page) => nameOn(`${page}`)),
    people.map(({ name }) => name),
  )
  for (const page of [odd, nameless]) assert.match(`${page}`, /^HTTP\/1\.1 200 /)
  assert.equal((await app.visitor().logIn(byUser)).status, 303)
})

test('two requests of one browser have separate copies of the session', async () => {
  const stored = await app.sessions.findOne({ 'session.passport.user': { $exists: true } })
  const id = String(stored?._id)
  const read = readTogether(app.sessions, 'users')
  app.database.takeCommands()
  const [one, two] = await Promise.all([read(id), read(id)])
  assert.deepEqual(app.database.takeCommands(), ['aggregate'])
  assert.ok(one?.user && two?.user)
  assert.deepEqual(one, two)
  assert.deepEqual({ ...one, user: stored }, { ...stored, user: stored })
  one.user.name = one.session.cookie.path = 'changed'
  assert.notEqual(two.user.name, 'changed')
  assert.notEqual(two.session.cookie.path, 'changed')
})

test('an error from MongoDB reaches all requests of the command and is not remembered', async () => {
  // No database has a name of 64 characters.
  const refused: typeof app.sessions = app.database.client.db('d'.repeat(64)).collection('x')
  const read = readTogether(refused, 'users')
  for (const ids of [['a', 'b', 'a'], ['a']]) {
    const answers = await Promise.allSettled(ids.map(read))
    const reasons = answers.map((answer) => answer.status === 'rejected' && answer.reason)
    assert.ok(reasons[0] instanceof Error)
    assert.equal(new Set(reasons).size, 1)
  }
})

test('seventeen requests: two commands', async () => {
  const cookies = Array.from({ length: 17 }, (_, index) => `${people[index % people.length]?.cookie}`)
  const pages = await atOnce(cookies)
  assert.deepEqual(
    pages.map(nameOn),
    cookies.map((_, index) => people[index % people.length]?.name),
  )
  assert.deepEqual(app.database.takeCommands(), ['aggregate', 'aggregate'])
})

async function signedIn() {
  const visitor = app.visitor()
  const person = await visitor.register()
  const cookie = cookieOf(await visitor.logIn(person))
  await visitor.get(home)
  return { ...person, visitor, cookie }
}

function cookieOf(response: Parameters<typeof sessionCookieOf>[0]): string {
  return sessionCookieOf(response).split(';', 1)[0] ?? ''
}

/** One write to one connection: the server reads all of these requests in one turn of its event loop. */
async function atOnce(cookies: readonly string[]): Promise<string[]> {
  const requests = cookies.map((cookie, index) =>
    [
      `GET ${home} HTTP/1.1`,
      'Host: localhost',
      `Cookie: ${cookie}`,
      ...(index === cookies.length - 1 ? ['Connection: close'] : []),
      '\r\n',
    ].join('\r\n'),
  )
  const answers = await exchange(Number(new URL(app.address).port), requests.join(''))
  return answers.split(/(?=HTTP\/1\.1 \d{3} )/)
}

/** The name on the page, or where a guest is redirected. */
function nameOn(answer: string): string | undefined {
  return (
    people.find(({ name }) => answer.includes(`, ${name}<`))?.name ??
    /^Location: ([^?\r]+)/im.exec(answer)?.[1]
  )
}
