import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anotherApp, startTestApp } from '../support/app.ts'
import { privatePage } from '../support/home.ts'
import { limits } from '../support/limits.ts'
import { ownLog } from '../support/own-log.ts'
import { cookiesOf, newPerson, Visitor } from '../support/visitor.ts'

const { log, lines, text: logged } = await ownLog()
const app = await startTestApp({}, { log })
const address = '192.0.2.33'
const person = { ...newPerson(), email: 'ada-in-no-log@example.com', password: 'password in no log' }
const secrets = new Set(['in-no-log', 'in no log'])

/** The log lines written during the work, by event name. */
async function during(act: () => PromiseLike<unknown>): Promise<Map<unknown, Record<string, unknown>>> {
  const before = lines().length
  await act()
  await allIsLogged()
  return new Map(
    lines()
      .slice(before)
      .map((line) => [line.event, line]),
  )
}

/** A request's line is written after its response, but before the next request's line. */
async function allIsLogged(): Promise<void> {
  await newVisitor().get('/healthz')
  await newVisitor().get('/nowhere')
}

function newVisitor(): Visitor {
  return new Visitor(app.server, address)
}

/** Sends a form, and remembers what must not be in the log. */
async function submit(visitor: Visitor, path: string, fields: Record<string, string> = {}) {
  const answer = await visitor.submit(path, fields)
  for (const cookie of cookiesOf(answer)) {
    const value = decodeURIComponent(cookie.split(/[=;]/)[1] ?? '')
    for (const part of value.replace(/^s:/, '').split(/[.~]/)) if (part.length > 10) secrets.add(part)
  }
  return answer
}

const visitor = newVisitor()
const newcomer = await visitor.filledIn('/register', person)
const registering = await during(() => submit(visitor, '/register', newcomer))
const userId = registering.get('account.registered')?.userId

test('registrations, sign-ins, failed sign-ins and sign-outs are logged with user and IP address (ASVS 16.3.1)', async () => {
  assert.match(String(userId), /^[0-9a-f]{24}$/)
  const elsewhere = newVisitor()
  const wrong = 'another password in no log'
  const unknown = { email: 'nobody-in-no-log@example.com', password: wrong }
  const good = await during(() => submit(elsewhere, '/login', { ...person }))
  const bad = await during(() => submit(newVisitor(), '/login', { ...person, password: wrong }))
  const nobody = await during(() => submit(newVisitor(), '/login', unknown))
  const out = await during(() => submit(elsewhere, '/logout'))
  for (const [found, event, who, words] of [
    [registering, 'account.registered', userId, 'Registered'],
    [good, 'sign-in.accepted', userId, 'Signed in'],
    [bad, 'sign-in.refused', userId, 'Incorrect email address or password'],
    [nobody, 'sign-in.refused', undefined, 'Incorrect email address or password'],
    [out, 'sign-out', userId, 'Signed out'],
  ] as const) {
    const line = found.get(event)
    assert.deepEqual([line?.address, line?.userId, line?.msg], [address, who, words], event)
  }
})

test('refused access is logged with the IP address (ASVS 16.3.2)', async () => {
  const guest = await during(() => newVisitor().get(privatePage))
  assert.equal(guest.get('access.refused')?.address, address)
})

test('an IP address is always logged in the same notation, however a proxy writes it', async () => {
  for (const [sent, plain] of [
    ['::ffff:192.0.2.33', '192.0.2.33'],
    ['192.0.2.33:4711', '192.0.2.33'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['2001:DB8:0:0:0::1', '2001:db8::1'],
  ] as const) {
    const seen = await during(() => new Visitor(app.server, sent).get(privatePage))
    assert.equal(seen.get('access.refused')?.address, plain)
  }
})

test('cross-site forms and reached limits are logged with their cause (ASVS 16.3.3)', async () => {
  const headers = { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }
  const foreign = await during(() => newVisitor().request('POST', '/login', { headers }))
  assert.equal(foreign.get('form.cross-site')?.sentFrom, 'https://evil.example')
  const tooMany = await during(async () => {
    for (let attempt = 0; attempt <= limits.signInByAddressAndAccount.attempts; attempt += 1)
      await submit(newVisitor(), '/login', { ...person, password: 'another password in no log' })
  })
  const { limit, level } = tooMany.get('limit.reached') ?? {}
  assert.deepEqual([limit, level], ['signInByAddressAndAccount', 40])
})

test('each event has the request ID of its response (ASVS 16.2.1)', async () => {
  let id: unknown
  const found = await during(async () => {
    id = (await newVisitor().get(privatePage)).headers['x-request-id']
  })
  assert.ok(typeof id === 'string' && id.length >= 8)
  assert.equal(found.get('access.refused')?.requestId, id)
})

test('each request logs one line with ID, method, path without query string, and status', async () => {
  const browser = newVisitor()
  const answers = [
    await browser.get('/login?x=1'),
    await browser.get('/nowhere'),
    await submit(browser, '/login', { email: 'x', password: 'x' }),
    await browser.get(privatePage),
  ]
  await allIsLogged()
  for (const answer of answers) {
    const { method, url } = answer.request
    const own = lines().filter(({ requestId, req }) => requestId === answer.headers['x-request-id'] && req)
    assert.deepEqual(
      own.map(({ req, res }) => ({ req, res })),
      [{ req: { method, path: new URL(url).pathname }, res: { status: answer.status } }],
    )
  }
})

test("a request ID from a trusted proxy is kept; an invalid one, or a visitor's own, is replaced", async () => {
  const idOfProxy = 'f0e1d2c3b4a5968778695a4b3c2d1e0f'
  const untrusting = new Visitor(await anotherApp(app, { TRUST_PROXY: '0' }))
  const idFor = async (visitor: Visitor, given: string) =>
    String((await visitor.get('/login').set('X-Request-Id', given)).headers['x-request-id'])
  assert.equal(await idFor(newVisitor(), idOfProxy), idOfProxy)
  assert.match(await idFor(untrusting, idOfProxy), /^[\da-f-]{36}$/)
  for (const bad of ['short', 'with a blank in it', 'x'.repeat(101), '{"level":"fatal"}'])
    assert.match(await idFor(newVisitor(), bad), /^[\da-f-]{36}$/)
})

test('times are in UTC with milliseconds (ASVS 16.2.2)', () => {
  for (const { time } of lines()) assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
})

test('line breaks and control characters in input stay within one log line (ASVS 16.4.1)', async () => {
  await allIsLogged()
  const before = lines().length
  const evil = 'x\r\n{"level":30,"event":"sign-in.accepted"}\u001b[31m\u2028\u0007'
  await newVisitor().get(`/nowhere${encodeURIComponent(evil)}`)
  await submit(newVisitor(), '/login', { email: evil, password: evil })
  await submit(newVisitor(), '/register', { ...newPerson(), name: evil })
  const headers = {
    Origin: 'https://evil.example","event":"sign-in.accepted',
    'Sec-Fetch-Site': 'cross-site',
  }
  await newVisitor().request('POST', '/login', { headers })
  await allIsLogged()
  const added = lines().slice(before)
  assert.ok(added.filter(({ req }) => req).length >= 4)
  assert.ok(added.every(({ event }) => event !== 'sign-in.accepted'))
  // Nothing that would move the cursor of a terminal or color it.
  assert.ok([...logged()].every((character) => character >= ' ' || character === '\n'))
})

test('no password, cookie or email address is logged, even at the trace level (ASVS 16.2.5)', async () => {
  await newVisitor().get('/login?password=query-in-no-log&email=ada-in-no-log@example.com')
  await newVisitor().get(`${privatePage}?token=query-in-no-log`)
  await newVisitor()
    .get(privatePage)
    .set({ Cookie: 'sid=cookie-in-no-log', Authorization: 'Bearer bearer-in-no-log' })
  await allIsLogged()
  assert.ok(lines().some(({ level }) => level === 20))
  assert.ok(secrets.size >= 6, 'cookies were seen')
  for (const secret of secrets) assert.ok(!logged().includes(secret), secret)
})

test("a token in a mangled link is never logged, and visitors' input is truncated in the log (ASVS 16.2.5)", async () => {
  const token = 'tokenInNoLog'.repeat(4)
  const origin = `https://${'o'.repeat(15_000)}.example`
  const before = logged().length
  const visitor = newVisitor()
  for (const path of [
    `/reset-password%3Ftoken=${token}`,
    `/reset-password/${token}`,
    `/${'long/'.repeat(3_000)}`,
  ])
    await visitor.get(path)
  await visitor.submit('/login', { email: 'x' }).set({ Origin: origin, 'Sec-Fetch-Site': 'cross-site' })
  await allIsLogged()
  const written = logged().slice(before)
  assert.match(written, /form\.cross-site/)
  assert.ok(!written.includes(token))
  for (const line of written.trim().split('\n')) assert.ok(line.length < 1_500, `${line.length} characters`)
})
