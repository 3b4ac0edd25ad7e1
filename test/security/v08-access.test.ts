import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { filledIn, forms, routes } from '../support/routes.ts'
import { cookiesOf, locationOf, newPerson } from '../support/visitor.ts'

const app = await startTestApp()

/** Where app.ts puts the routes of a file. */
const mounts: Record<string, string> = {
  'account.ts': '/account',
  'account-email.ts': '/account/email', // mail
  'dashboard.ts': '/dashboard',
  'sessions.ts': '/sessions',
}
/** Nobody's: they are answered before anybody is asked who they are. */
const health = ['GET /healthz', 'GET /readyz']
/** Covered where they can be reached: test/mail/security.test.ts. */
const others: string[] = [
  // begin mail
  'GET /forgot-password',
  'POST /forgot-password',
  'GET /reset-password',
  'POST /reset-password',
  'GET /confirm-email',
  'POST /confirm-email',
  'GET /verify-email',
  'POST /verify-email',
  'GET /account/email',
  'POST /account/email',
  // end mail
]

test('8.2.1 every route of the app is one of those that are tried below', () => {
  const found = readdirSync('src/routes').flatMap((file) => {
    const text = readFileSync(`src/routes/${file}`, 'utf8')
    const all = [...text.matchAll(/router\.(get|post|put|patch|delete|all)\('([^']+)'/g)]
    return all.map(([, method = '', path]) =>
      `${method.toUpperCase()} ${mounts[file] ?? ''}${path}`.replace(/(\w)\/$/, '$1'),
    )
  })
  const known = routes.map(({ method, path }) => `${method} ${path}`)
  assert.deepEqual(found.sort(), [...known, ...health, ...others].sort())
})

test('8.2.1 a guest is sent to sign in by every private route, and nothing is done', async () => {
  const person = await app.visitor().register()
  const before = [await app.users.find().toArray(), await app.sessions.find().toArray()]
  for (const route of routes.filter(({ who }) => who === 'members')) {
    const visitor = app.visitor()
    const path = route.path.replace(':id', (await app.sessions.findOne())?._id ?? '')
    const answer = await (route.method === 'GET'
      ? visitor.get(path)
      : visitor.submit(path, filledIn(route, person)))
    assert.equal(answer.status, 303, path)
    assert.match(locationOf(answer), /^\/login(\?returnTo=|$)/, path)
    assert.ok(!answer.text.includes(person.name))
    assert.deepEqual(cookiesOf(answer), [])
  }
  assert.deepEqual([await app.users.find().toArray(), await app.sessions.find().toArray()], before)
})

test('8.2.1 no other spelling of a private address opens it', async () => {
  for (const path of [
    '/dashboard/',
    '/DASHBOARD',
    '/dashboard//',
    '//dashboard',
    '/./dashboard',
    '/x/../dashboard',
    '/dashboard%2f',
    '/account/../dashboard',
    '/dashboard;x',
    '/dashboard%00',
    '/dashboard.json',
  ]) {
    const { status } = await app.visitor().get(path)
    assert.ok([303, 400, 404].includes(status), `${path}: ${status}`)
  }
})

test('8.2.1 a member is sent on from the pages for guests', async () => {
  const member = app.visitor()
  const person = await member.register()
  for (const route of routes.filter(({ who }) => who === 'guests')) {
    const answer = await (route.method === 'GET'
      ? member.get(route.path)
      : member.submit(route.path, filledIn(route, person)))
    assert.equal(locationOf(answer), '/dashboard', route.path)
  }
})

test('8.2.2 the session of another person can be neither seen nor ended, and looks like one that never was', async () => {
  const [ada, grace] = [app.visitor(), app.visitor()]
  const graces = await grace.register()
  const adas = await ada.register()
  const user = await app.users.findOne({ email: graces.email })
  const [session] = await app.sessions.find({ 'session.passport.user': String(user?._id) }).toArray()
  await ada.get('/dashboard')
  const foreign = await ada.submit(`/sessions/${session?._id}/end`)
  const unknown = await ada.submit(`/sessions/${'0'.repeat(64)}/end`)
  assert.deepEqual([foreign.status, foreign.text], [404, unknown.text])
  const { text } = await ada.get('/sessions')
  assert.ok(!text.includes(session?._id ?? 'none') && !text.includes(graces.name))
  await ada.submit('/sessions/end-others')
  assert.equal((await grace.get('/dashboard')).status, 200)
  assert.equal((await app.visitor().logIn(adas)).status, 303)
})

test('8.2.2 a form acts on whoever is signed in, whatever user it names', async () => {
  const [ada, grace] = [app.visitor(), app.visitor()]
  await ada.register()
  const graces = await grace.register()
  const before = await app.users.findOne({ email: graces.email })
  const id = String(before?._id)
  const named = { id, _id: id, user: id, userId: id, 'session-user': id, email: graces.email }
  await ada.submit('/account/name', { ...named, name: 'Mallory' })
  await ada.submit('/account/password', {
    ...named,
    password: graces.password,
    'new-password': 'eleven purple kettles',
  })
  assert.deepEqual(await app.users.findOne({ email: graces.email }), before)
})

test('8.2.3 fields that a form does not have change nothing', async () => {
  const extra = {
    role: 'admin',
    isAdmin: 'true',
    _id: '65f0c0ffee0000000000cafe',
    epoch: '9',
    passwordHash: 'x',
    emailVerifiedAt: '2026-01-01',
    createdAt: '1970-01-01',
    __v: '7',
  }
  const visitor = app.visitor()
  const person = newPerson()
  assert.equal((await visitor.submit('/register', { ...person, ...extra })).status, 303)
  const user = await app.users.findOne({ email: person.email })
  for (const form of forms.filter(({ path }) => path === '/account/name' || path === '/account/password'))
    await visitor.submit(form.path, { ...filledIn(form, person), ...extra })
  const later = await app.users.findOne({ email: person.email })
  for (const stored of [user, later]) {
    assert.deepEqual(Object.keys(stored ?? {}).sort(), [
      '__v',
      '_id',
      'createdAt',
      'email',
      'epoch',
      'name',
      'passwordHash',
      'updatedAt',
    ])
    assert.notEqual(String(stored?._id), extra._id)
    assert.deepEqual([stored?.__v, stored?.createdAt.getUTCFullYear() > 1970], [0, true])
    assert.match(stored?.passwordHash, /^\$argon2id\$/)
  }
  assert.deepEqual([user?.epoch, later?.epoch], [0, 1])
})
