import assert from 'node:assert/strict'
import { test } from 'node:test'
import supertest from 'supertest'
import { limits } from '../../src/limits.ts'
import { securityEvents } from '../../src/security-events.ts'
import { sharedDatabaseUrl, startServerProcess, until } from '../support/server-process.ts'
import { cookiesOf, newPerson, Visitor } from '../support/visitor.ts'

const server = await startServerProcess({ databaseUrl: sharedDatabaseUrl(), env: { LOG_LEVEL: 'trace' } })
const address = '192.0.2.33'
const person = { ...newPerson(), email: 'ada-in-no-log@example.com', password: 'password in no log' }
const next = 'another password in no log'
const secrets = new Set(['in-no-log', 'in no log'])

/** The lines of the log that came with this, by the event's name. */
async function during(act: () => Promise<unknown>): Promise<Map<unknown, Record<string, unknown>>> {
  const before = server.log().length
  await act()
  await logHasArrived()
  return new Map(
    server
      .log()
      .slice(before)
      .map((line) => [line.event, line]),
  )
}

let marks = 0

/** The log comes through a pipe: once the line of one more request is there, all before it are. */
async function logHasArrived(): Promise<void> {
  marks += 1
  const path = `/mark-${marks}`
  await newVisitor().get(path)
  await until(
    'the log arrives',
    () => server.output().includes(`"${path}"`) && server.output().endsWith('\n'),
  )
}

function newVisitor(): Visitor {
  return new Visitor(server.address, address)
}

/** Sends a form, and keeps in mind what must not be in the log. */
async function submit(
  visitor: Visitor,
  path: string,
  fields: Record<string, string> = {},
): Promise<supertest.Response> {
  const answer = await visitor.submit(path, fields)
  for (const cookie of cookiesOf(answer)) {
    const value = decodeURIComponent(cookie.split(/[=;]/)[1] ?? '')
    for (const part of value.replace(/^s:/, '').split(/[.~]/)) if (part.length > 10) secrets.add(part)
  }
  return answer
}

const visitor = newVisitor()
const registering = await during(() => submit(visitor, '/register', { ...person }))
const userId = registering.get('account.registered')?.userId

test('16.3.1 a registration and each sign-in, good or bad, is an event that says who and from where', async () => {
  assert.match(String(userId), /^[0-9a-f]{24}$/)
  const elsewhere = newVisitor()
  const good = await during(() => submit(elsewhere, '/login', { ...person }))
  const bad = await during(() => submit(newVisitor(), '/login', { ...person, password: next }))
  const unknown = await during(() =>
    submit(newVisitor(), '/login', { email: 'nobody-in-no-log@example.com', password: next }),
  )
  const out = await during(() => submit(elsewhere, '/logout'))
  for (const [lines, event, who] of [
    [registering, 'account.registered', userId],
    [good, 'sign-in.accepted', userId],
    [bad, 'sign-in.refused', userId],
    [unknown, 'sign-in.refused', undefined],
    [out, 'sign-out', userId],
  ] as const) {
    const line = lines.get(event)
    assert.deepEqual([line?.address, line?.userId], [address, who], event)
    assert.equal(line?.msg, securityEvents[event][1])
  }
})

test('16.3.1 a new password, an ended session and a wrong password that was asked for again are events', async () => {
  const [here, there] = [newVisitor(), newVisitor()]
  const other = newPerson()
  await submit(here, '/register', { ...other })
  const ends = async (path: string, fields = {}) => [
    ...(await during(() => submit(here, path, fields))).keys(),
  ]
  await submit(there, '/login', { ...other })
  const id = /action="\/sessions\/(\w+)\/end"/.exec((await here.get('/sessions')).text)?.[1]
  assert.ok((await ends(`/sessions/${id}/end`)).includes('session.ended'))
  assert.ok((await ends('/sessions/end-others')).includes('sessions.ended'))
  assert.ok((await ends('/account/delete', { password: next })).includes('password-again.refused'))
  const change = { password: other.password, 'new-password': next }
  assert.ok((await ends('/account/password', change)).includes('password.changed'))
  assert.ok((await ends('/account/delete', { password: next })).includes('account.deleted'))
})

test('16.3.2 what is refused to whom is an event', async () => {
  const guest = await during(() => newVisitor().get('/account'))
  assert.equal(guest.get('access.refused')?.address, address)
  const member = await during(() => submit(visitor, `/sessions/${'0'.repeat(64)}/end`))
  assert.equal(member.get('access.refused')?.userId, userId)
})

test('16.3.3 a form from another site and one try too many are events that name the cause', async () => {
  const foreign = await during(async () => {
    await supertest(server.address).post('/login').set('Origin', 'https://evil.example')
  })
  assert.equal(foreign.get('form.cross-site')?.sentFrom, 'https://evil.example')
  const tooMany = await during(async () => {
    for (let tries = 0; tries <= limits.passwordAgainByUser.tries; tries += 1)
      await submit(visitor, '/account/delete', { password: next })
  })
  const { limit, level, userId: who } = tooMany.get('limit.reached') ?? {}
  assert.deepEqual([limit, level, who], ['passwordAgainByUser', 40, userId])
})

test('16.2.1 each event has the id of its request, which the answer carries, too', async () => {
  let id: unknown
  const lines = await during(async () => {
    id = (await submit(newVisitor(), '/login', { ...person, password: next })).headers['x-request-id']
  })
  assert.ok(typeof id === 'string' && id.length >= 8)
  assert.equal(lines.get('sign-in.refused')?.requestId, id)
  // The request's own line, with method, path and status.
  const own = server.log().find((line) => line.requestId === id && line.req)
  assert.deepEqual([own?.req, own?.res], [{ method: 'POST', path: '/login' }, { status: 401 }])
})

test('16.2.2 times are UTC, to the millisecond', () => {
  for (const { time } of server.log()) assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
})

test('16.2.4 every line of the log is one JSON object, and every event is one that is listed', () => {
  const found = server.log().flatMap(({ event }) => (event === undefined ? [] : [String(event)]))
  assert.ok(new Set(found).size >= 10)
  for (const event of found) assert.ok(event in securityEvents, event)
  for (const line of server.output().trim().split('\n')) assert.match(line, /^\{.*\}$/)
})

test('16.4.1 line breaks and control characters in what a visitor sends stay within one line', async () => {
  await logHasArrived()
  const before = server.log().length
  const evil = 'x\r\n{"level":30,"event":"sign-in.accepted"}\u001b[31m\u2028\u0007'
  await newVisitor().get(`/nowhere${encodeURIComponent(evil)}`)
  await submit(newVisitor(), '/login', { email: evil, password: evil })
  await submit(newVisitor(), '/register', { ...newPerson(), name: evil })
  await supertest(server.address)
    .post('/login')
    .set('Origin', 'https://evil.example","event":"sign-in.accepted')
  await logHasArrived()
  const added = server.log().slice(before)
  assert.equal(added.filter(({ req }) => req).length, 5, 'these four and the mark')
  assert.ok(added.every(({ event }) => event !== 'sign-in.accepted'))
  // Nothing that would move the cursor of a terminal or colour it.
  assert.ok([...server.output()].every((character) => character >= ' ' || character === '\n'))
})

test('16.2.5 no password, cookie or email address is in the log at its most talkative', async () => {
  await newVisitor().get('/login?password=query-in-no-log&email=ada-in-no-log@example.com')
  await newVisitor().get('/dashboard?token=query-in-no-log')
  await newVisitor()
    .get('/dashboard')
    .set({ Cookie: 'sid=cookie-in-no-log', Authorization: 'Bearer bearer-in-no-log' })
  await logHasArrived()
  assert.ok(secrets.size >= 10, 'cookies were seen')
  for (const secret of secrets) assert.ok(!server.output().includes(secret), secret)
})
