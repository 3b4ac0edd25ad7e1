import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { routes } from '../support/routes.ts'
import { cookiesOf, locationOf } from '../support/visitor.ts'

const app = await startTestApp()

test('14.2.1 credentials in an address are refused and sign nobody in', async () => {
  const person = await app.visitor().register()
  const query = new URLSearchParams({ email: person.email, password: person.password })
  const visitor = app.visitor()
  for (const answer of [
    await visitor.get(`/login?${query}`),
    await visitor.submit(`/login?${query}`),
    await visitor.submit(`/login?password=${person.password}`, { email: person.email }),
    await visitor.submit(`/register?${query}`, { name: 'Ada' }),
  ]) {
    assert.equal(answer.status, 400)
    assert.ok(!answer.text.includes(person.password) && !answer.text.includes(person.email))
    assert.deepEqual(cookiesOf(answer), [])
  }
  assert.match(locationOf(await visitor.get('/dashboard')), /^\/login/)
})

test('14.2.1 no form sends what is private in an address', async () => {
  const member = app.visitor()
  await member.register()
  for (const { path, who } of routes.filter(({ method }) => method === 'GET')) {
    const { text } = await (who === 'members' ? member : app.visitor()).get(path)
    for (const [form] of text.matchAll(/<form[^>]*>/g)) assert.match(form, /method="post"/, path)
  }
})

test('14.3.1 signing out has the browser forget what scripts have stored', async () => {
  const visitor = app.visitor()
  await visitor.register()
  assert.equal((await visitor.submit('/logout')).headers['clear-site-data'], '"storage"')
})

test('14.3.1 after signing out no page shows who was signed in', async () => {
  const visitor = app.visitor()
  const person = await visitor.register()
  assert.ok((await visitor.get('/dashboard')).text.includes(person.name))
  await visitor.submit('/logout')
  for (const { path } of routes.filter(({ method }) => method === 'GET')) {
    const { text } = await visitor.get(path)
    assert.ok(!text.includes(person.name) && !text.includes(person.email), path)
  }
})

test('14.3.2 no cache keeps a page, whoever asks for it', async () => {
  const member = app.visitor()
  await member.register()
  for (const { path } of routes.filter(({ method }) => method === 'GET'))
    for (const visitor of [member, app.visitor()])
      assert.equal((await visitor.get(path)).headers['cache-control'], 'no-store', path)
  for (const answer of [await member.get('/nowhere'), await member.submit('/account/name', { name: '' })])
    assert.equal(answer.headers['cache-control'], 'no-store')
})

test('14.3.3 no script keeps anything in the browser', () => {
  const script = readFileSync(new URL('../../public/app.js', import.meta.url), 'utf8')
  assert.doesNotMatch(script, /localStorage|sessionStorage|indexedDB|document\.cookie|caches\b/)
})
