/** These tests find the routes themselves, so they also cover routes that you add. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { maxBodySize } from '../../src/web/forms.ts'
import { everyDocument } from '../support/documents.ts'
import { privatePage } from '../support/home.ts'
import { newMember } from '../support/member.ts'
import { addressOf, type Route, routesOf } from '../support/registered-routes.ts'
import { cookiesOf, locationOf, type Sent, type Visitor } from '../support/visitor.ts'
import { newInsider, startWholeApp } from '../support/whole-app.ts'

const app = await startWholeApp()
const routes = routesOf(app.server)
const isPage = ({ method }: Route) => method === 'GET'
const open: Route[] = []
const closed: Route[] = []

function ask(visitor: Visitor, route: Route, sent: Sent = {}, query = '') {
  return visitor.request(route.method, addressOf(route) + query, sent)
}

function inWords({ method, path }: Route): string {
  return `${method} ${path}`
}

test('every private route sends guests to sign in and does nothing (ASVS 8.2.1)', async () => {
  const { person } = await newMember(app)
  await app.settled()
  const before = await everyDocument(app)
  for (const route of routes) {
    const answer = await ask(app.visitor(), route)
    assert.ok(answer.status < 500, inWords(route))
    const isPrivate = answer.status === 303 && /^\/login(\?|$)/.test(locationOf(answer))
    const known = isPrivate ? closed : open
    known.push(route)
    if (!isPrivate) continue
    assert.ok(!answer.text.includes(person.name) && !answer.text.includes(person.email), inWords(route))
    assert.deepEqual(cookiesOf(answer), [], inWords(route))
    if (isPage(route))
      assert.equal(locationOf(answer), `/login?returnTo=${encodeURIComponent(addressOf(route))}`)
  }
  assert.deepEqual(await everyDocument(app), before)
  assert.ok(closed.some(({ path }) => path === privatePage))
})

test('a form sent to a private page is private too (ASVS 8.2.1)', () => {
  const pages = new Set(closed.filter(isPage).map(({ path }) => path))
  assert.deepEqual(open.filter(({ path }) => pages.has(path)).map(inWords), [])
})

test('no other spelling of a private path opens it (ASVS 8.2.1)', async () => {
  for (const route of closed.filter(isPage)) {
    const path = addressOf(route)
    for (const spelling of [
      `${path}/`,
      path.toUpperCase(),
      `${path}//`,
      `/${path}`,
      `/.${path}`,
      `/x/..${path}`,
      `${path}%2f`,
      `${path};x`,
      `${path}%00`,
      `${path}.json`,
    ]) {
      const { status } = await app.visitor().get(spelling)
      assert.ok([303, 400, 404].includes(status), `${spelling}: ${status}`)
    }
  }
})

test('no request from another site does anything on any route, for guests and users (ASVS 3.5.1)', async () => {
  const { cookie } = await newMember(app)
  await app.settled()
  const before = await everyDocument(app)
  for (const route of routes.filter((one) => !isPage(one))) {
    for (const headers of [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'cross-site', Origin: app.config.origin },
      { 'Sec-Fetch-Site': 'none', Origin: 'null' },
    ]) {
      for (const cookies of ['', cookie]) {
        const answer = await ask(app.visitor(), route, { form: {}, headers: { ...headers, Cookie: cookies } })
        assert.equal(answer.status, 403, `${inWords(route)} ${JSON.stringify(headers)}`)
        assert.deepEqual(cookiesOf(answer), [])
      }
    }
  }
  assert.deepEqual(await everyDocument(app), before)
})

test('a link changes nothing: after opening every page a user is still signed in (ASVS 3.5.3)', async () => {
  const { visitor, person } = await newInsider(app)
  const before = await app.users.findOne({ email: person.email })
  for (const route of routes.filter(isPage)) {
    await ask(visitor, route)
    const head = await visitor.request('HEAD', addressOf(route))
    assert.ok(head.status < 500, inWords(route))
  }
  assert.ok(await visitor.isSignedIn())
  assert.deepEqual(await app.users.findOne({ email: person.email }), before)
})

const oddQueries = [
  '?x[$ne]=1&x[]=2',
  '?__proto__[admin]=1&constructor[prototype]=1',
  '?page=-1&q=%00',
  '?%E0%A4%A',
]
const oddBodies: readonly Sent[] = [
  { form: 'x[$ne]=&x[]=1&x=2&x=3' },
  { form: '__proto__[admin]=1&constructor=x' },
  { form: '%E0%A4%A=%00&=&&&' },
  { json: { email: { $ne: '' }, password: ['x'], $where: 'sleep(1)' } },
  { json: [] },
  { form: 'x', headers: { 'Content-Type': 'text/plain' } },
  { form: 'x', headers: { 'Content-Type': 'multipart/form-data; boundary=x' } },
  { form: `x=${'y'.repeat(maxBodySize)}` },
  { form: 'x=1', headers: { 'Content-Encoding': 'gzip' } },
]

test('every route refuses input that no page sends without an unexpected error, for guests and users (ASVS 1.2.4, 15.3.5)', async () => {
  const { visitor, person } = await newInsider(app)
  const before = await app.users.find().toArray()
  for (const route of routes) {
    for (const who of [app.visitor(), visitor]) {
      const answers = isPage(route)
        ? await Promise.all(oddQueries.map((query) => ask(who, route, {}, query)))
        : await Promise.all(oddBodies.map((sent) => ask(who, route, sent)))
      for (const { status } of answers) assert.ok(status < 500, `${inWords(route)}: ${status}`)
    }
    // One of the routes signs out.
    if (!(await visitor.isSignedIn())) await visitor.logIn(person)
    await app.forgetTries()
  }
  assert.deepEqual(await app.users.find().toArray(), before)
})
