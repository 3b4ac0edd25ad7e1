import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { privatePage } from '../support/home.ts'

const app = await startTestApp()

test('a page that does not exist says so, to guests and members alike', async () => {
  const member = app.visitor()
  await member.register()
  for (const visitor of [app.visitor(), member]) {
    const answer = await visitor.get('/nowhere')
    assert.equal(answer.status, 404)
    assert.match(answer.text, /Page not found/)
  }
})

test('style sheets come from this app', async () => {
  const { text } = await app.visitor().get('/')
  const sheets = [...text.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(([, href]) => href ?? '')
  assert.ok(sheets.length > 0)
  for (const sheet of sheets) {
    const answer = await app.visitor().get(sheet)
    assert.equal(answer.status, 200, sheet)
    assert.match(String(answer.headers['content-type']), /^text\/css/)
  }
})

test('whatever the head of a page names is there', async () => {
  const { text } = await app.visitor().get('/')
  const named = [...text.matchAll(/<(?:link|script)[^>]* (?:href|src)="([^"]+)"/g)].map(
    ([, path]) => path ?? '',
  )
  const [, picture] = /<meta property="og:image" content="([^"]+)"/.exec(text) ?? []
  assert.equal(picture, `${app.config.origin}/social.png`)
  for (const path of [...named, '/social.png']) {
    assert.equal((await app.visitor().get(path)).status, 200, path)
  }
  assert.ok(named.includes('/favicon.ico'))
})

test('search engines are asked to leave out what only members see', async () => {
  const member = app.visitor()
  await member.register()
  assert.match((await member.get(privatePage)).text, /<meta name="robots" content="noindex">/)
  assert.doesNotMatch((await app.visitor().get('/login')).text, /noindex/)
})

test('the process says that it runs, and that it is ready, and nothing more (ASVS 13.4.5)', async () => {
  assert.equal((await app.visitor().get('/healthz')).text, 'ok')
  for (const path of ['/metrics', '/api-docs', '/swagger', '/openapi.json', '/status'])
    assert.equal((await app.visitor().get(path)).status, 404, path)
  const ready = await app.visitor().get('/readyz')
  assert.deepEqual([ready.status, ready.text], [200, 'ready'])
})

test('the dashboard greets whoever is signed in, and is for nobody else', async () => {
  const member = app.visitor()
  const { name } = await member.register()
  assert.match((await member.get('/dashboard')).text, new RegExp(`<h1>Hello, ${name}</h1>`))
  assert.equal((await app.visitor().get('/dashboard')).status, 303)
})
