import assert from 'node:assert/strict'
import { test } from 'node:test'
import supertest from 'supertest'
import { startTestApp } from '../support/app.ts'
import { filledIn, forms } from '../support/routes.ts'
import { cookiesOf, locationOf, newPerson, sessionCookieOf } from '../support/visitor.ts'

const here = 'http://app.example.com'
const app = await startTestApp({ APP_ORIGIN: here })

const elsewhere: readonly Record<string, string>[] = [
  { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' },
  { 'Sec-Fetch-Site': 'cross-site', Origin: here },
  { 'Sec-Fetch-Site': 'same-site', Origin: here },
  { 'Sec-Fetch-Site': 'none' },
  { 'Sec-Fetch-Site': 'same-origin, cross-site' },
  { Origin: 'https://evil.example' },
  { Origin: 'null' },
  { Origin: `${here}.evil.example` },
  { Origin: `${here}:8080` },
  { Origin: 'https://app.example.com' },
  { Referer: `${here}/login` },
  {},
]

test('3.5.1 no form from another site does anything, on any address, for guests and members', async () => {
  const visitor = app.visitor()
  const person = await visitor.register()
  const cookie = sessionCookieOf(await app.visitor().logIn(person)).split(';', 1)[0] ?? ''
  const id = (await app.sessions.find().sort({ 'session.signedInAt': 1 }).limit(1).toArray())[0]?._id ?? ''
  const state = async () => ({
    users: await app.users.find().toArray(),
    sessions: await app.sessions.find().sort({ _id: 1 }).toArray(),
  })
  const before = await state()
  for (const form of forms) {
    for (const headers of elsewhere) {
      const answer = await supertest(app.server)
        .post(form.path.replace(':id', id))
        .set({ ...headers, ...(form.who !== 'guests' && { Cookie: cookie }) })
        .type('form')
        .send(filledIn(form, form.path === '/register' ? newPerson() : person))
      assert.equal(answer.status, 403, `${form.path} ${JSON.stringify(headers)}`)
      assert.match(answer.text, /sent from another site/)
      assert.deepEqual(cookiesOf(answer), [])
    }
  }
  assert.deepEqual(await state(), before)
})

test('3.5.1 a form from this site is taken, from browsers that send no Sec-Fetch-Site too', async () => {
  const { email, password } = await app.visitor().register()
  for (const headers of [{ 'Sec-Fetch-Site': 'same-origin' }, { Origin: here }]) {
    const answer = await supertest(app.server)
      .post('/login')
      .set(headers)
      .type('form')
      .send({ email, password })
    assert.equal(answer.status, 303)
  }
})

test('3.5.3 nothing is changed by a link: every address that changes something answers 404 to GET and HEAD', async () => {
  const visitor = app.visitor()
  const person = await visitor.register()
  const cookie = sessionCookieOf(await app.visitor().logIn(person)).split(';', 1)[0] ?? ''
  for (const path of ['/logout', '/sessions/end-others', '/sessions/x/end']) {
    assert.equal((await visitor.get(path)).status, 404)
    assert.equal((await supertest(app.server).head(path).set('Cookie', cookie)).status, 404)
  }
  assert.equal((await visitor.get('/dashboard')).status, 200, 'still signed in')
  assert.equal((await supertest(app.server).get('/dashboard').set('Cookie', cookie)).status, 200)
})

test('3.5.3 no header and no field turns one method into another', async () => {
  const visitor = app.visitor()
  await visitor.register()
  await visitor.get('/logout').set('X-HTTP-Method-Override', 'POST')
  await visitor.get('/logout?_method=POST')
  await visitor.get('/').set('X-HTTP-Method', 'DELETE')
  assert.equal((await visitor.get('/dashboard')).status, 200, 'still signed in')
  const renamed = await visitor
    .submit('/account/name', { name: 'Ada', _method: 'DELETE' })
    .set('X-Method-Override', 'GET')
  assert.equal(locationOf(renamed), '/account')
})

test('3.7.2 no redirect leads off the site, whatever it was asked for', async () => {
  const person = await app.visitor().register()
  for (const returnTo of [
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/%09/evil.example',
    '/\n/evil.example',
    'https:evil.example',
    'https://evil.example',
    '/x\r\nLocation: https://evil.example',
    '/../..//evil.example',
    '/%2f/evil.example',
    '@evil.example',
    '.evil.example',
    ' //evil.example',
  ]) {
    await app.forgetTries()
    const signedIn = await app.visitor().logIn(person, { returnTo })
    const registered = await app.visitor().submit('/register', { ...newPerson(), returnTo })
    for (const answer of [signedIn, registered]) {
      const to = new URL(locationOf(answer), here)
      assert.equal(answer.status, 303, returnTo)
      assert.equal(to.origin, here, `${JSON.stringify(returnTo)} leads to ${to}`)
    }
  }
})

test('3.7.2 a page asked for more than once, or under a made-up host, leads nowhere else', async () => {
  const form = await app.visitor().get('/login?returnTo=//evil.example&returnTo=/dashboard')
  assert.equal(form.status, 200)
  assert.match(form.text, /name="returnTo" value=""/)
  const sent = await app
    .visitor()
    .get('/dashboard')
    .set({ Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' })
  assert.equal(locationOf(sent), '/login?returnTo=%2Fdashboard')
  const slashes = await app.visitor().get('//evil.example/%2e%2e')
  assert.doesNotMatch(slashes.headers.location ?? '', /evil/)
})
