import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { startTestApp } from '../support/app.ts'
import { newPerson } from '../support/visitor.ts'

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

for (const path of [
  '/.git/config',
  '/.env',
  '/..%2f.env',
  '/assets/x/..%2f..%2fpackage.json',
  '/assets/x/nothing.css',
]) {
  test(`${path} is not served`, async () => {
    const { status } = await app.visitor().get(path)
    assert.ok(status === 404 || status === 403, String(status))
  })
}

test('a folder is not served, and is no address to be sent on to', async () => {
  for (const path of ['/assets/x', '//elsewhere.example/%2e%2e']) {
    assert.equal((await app.visitor().get(path)).status, 404, path)
  }
})

test('a bad percent sign in an address is a page that does not exist, not a fault of ours', async () => {
  assert.equal((await app.visitor().get('/%E0%A4%A')).status, 404)
})

test('forms that are too large or of another type are refused before they are read', async () => {
  const visitor = app.visitor()
  const large = visitor.submit('/register', { ...newPerson(), name: 'x'.repeat(200_000) })
  assert.equal((await large).status, 413)
  const many = Object.fromEntries(Array.from({ length: 1_500 }, (_, index) => [`field${index}`, 'x']))
  assert.equal((await visitor.submit('/register', many)).status, 413)
  assert.equal((await visitor.submit('/login').type('json').send({ email: 'a', password: 'b' })).status, 415)
  const zipped = visitor.submit('/login').set('Content-Encoding', 'gzip')
  assert.equal((await zipped.send(gzipSync('email=a').toString('latin1'))).status, 415)
})

test('a fault of ours is a page without a trace of how the app is built', async () => {
  const visitor = app.visitor()
  await visitor.register()
  await app.sessions.updateMany({}, { $set: { 'session.signedInAt': 'not a date' } })
  const answer = await visitor.get('/dashboard')
  assert.equal(answer.status, 500)
  assert.match(answer.text, /The fault is ours/)
  assert.doesNotMatch(answer.text, /\/src\/|\.ts|\bat \w+ \(|TypeError/)
})

test('every answer carries the security headers', async () => {
  for (const path of ['/', '/login', '/dashboard', '/nowhere', '/robots.txt', '/healthz']) {
    const { headers } = await app.visitor().get(path)
    assert.equal(
      headers['content-security-policy'],
      "default-src 'self';base-uri 'none';form-action 'self';frame-ancestors 'none';img-src 'self' data:;object-src 'none'",
      path,
    )
    assert.equal(headers['x-content-type-options'], 'nosniff', path)
    assert.equal(headers['x-powered-by'], undefined, path)
    assert.equal(headers['access-control-allow-origin'], undefined, path)
  }
})

test('pages are kept by no cache', async () => {
  const visitor = app.visitor()
  await visitor.register()
  for (const path of ['/', '/dashboard', '/nowhere']) {
    assert.equal((await visitor.get(path)).headers['cache-control'], 'no-store', path)
  }
})

test('style sheets come from this app', async () => {
  const { text } = await app.visitor().get('/')
  const sheets = [...text.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(([, href]) => href ?? '')
  assert.equal(sheets.length, 3)
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
  assert.match((await member.get('/account')).text, /<meta name="robots" content="noindex">/)
  assert.doesNotMatch((await app.visitor().get('/login')).text, /noindex/)
})

test('no page holds a script or a style of its own', async () => {
  const member = app.visitor()
  await member.register()
  const pages = [await member.get('/dashboard'), await member.get('/'), await app.visitor().get('/login')]
  for (const { text } of pages) {
    assert.doesNotMatch(text, /<style|\sstyle=|<script(?![^>]*\ssrc=)|\son\w+=/)
  }
})

test('the process says that it runs, and that it is ready', async () => {
  assert.equal((await app.visitor().get('/healthz')).text, 'ok')
  const ready = await app.visitor().get('/readyz')
  assert.deepEqual([ready.status, ready.text], [200, 'ready'])
})

test('the dashboard shows the session as it stands in MongoDB, and no secret', async () => {
  await app.sessions.deleteMany({})
  const visitor = app.visitor()
  await visitor.register()
  const { text } = await visitor.get('/dashboard')
  const stored = await app.sessions.findOne({})
  assert.ok(text.includes(String(stored?._id).slice(0, 8)))
  assert.ok(!text.includes(String(stored?._id)))
  for (const shown of ['HttpOnly', 'SameSite=Lax', 'expires_1', `${process.pid}`]) {
    assert.ok(text.includes(shown), shown)
  }
})
