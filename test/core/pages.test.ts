import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { startTestApp } from '../support/app.ts'
import { home, privatePage } from '../support/home.ts'

const app = await startTestApp()

test('a missing page says so to guests and users', async () => {
  const user = app.visitor()
  await user.register()
  for (const visitor of [app.visitor(), user]) {
    const answer = await visitor.get('/nowhere')
    assert.equal(answer.status, 404)
    assert.match(answer.text, /Page not found/)
  }
})

test('style sheets are served by this app', async () => {
  const { text } = await app.visitor().get('/')
  const sheets = [...text.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map(([, href]) => href ?? '')
  assert.ok(sheets.length > 0)
  for (const sheet of sheets) {
    const answer = await app.visitor().get(sheet)
    assert.equal(answer.status, 200, sheet)
    assert.match(String(answer.headers['content-type']), /^text\/css/)
  }
})

test('every file and element linked in the page head exists', async () => {
  const { text } = await app.visitor().get('/')
  const named = [...text.matchAll(/<(?:link|script)[^>]* (?:href|src)="([^"]+)"/g)].map(
    ([, path]) => path ?? '',
  )
  const [, picture] = /<meta property="og:image" content="([^"]+)"/.exec(text) ?? []
  assert.equal(picture, `${app.config.origin}/social.png`)
  for (const path of [...named, '/social.png']) {
    if (path.startsWith('#')) assert.ok(text.includes(`id="${path.slice(1)}"`), path)
    else assert.equal((await app.visitor().get(path)).status, 200, path)
  }
  assert.ok(named.includes('/favicon.ico'))
})

test('search engines are asked not to index private pages', async () => {
  const user = app.visitor()
  await user.register()
  assert.match((await user.get(privatePage)).text, /<meta name="robots" content="noindex">/)
  assert.doesNotMatch((await app.visitor().get('/login')).text, /noindex/)
})

test('health checks say that the app is running and ready, and nothing more (ASVS 13.4.5)', async () => {
  assert.equal((await app.visitor().get('/healthz')).text, 'ok')
  for (const path of ['/metrics', '/api-docs', '/swagger', '/openapi.json', '/status'])
    assert.equal((await app.visitor().get(path)).status, 404, path)
  const ready = await app.visitor().get('/readyz')
  assert.deepEqual([ready.status, ready.text], [200, 'ready'])
})

test('the dashboard greets the signed-in user and is private', async () => {
  const user = app.visitor()
  const { name } = await user.register()
  const { text } = await user.get(home)
  assert.match(text, new RegExp(`<h1>Hello, ${name}</h1>`))
  assert.match(text, /Nothing here yet/, 'no feature shows anything')
  assert.equal((await app.visitor().get(home)).status, 303)
})

const page = (await app.visitor().get('/')).text
const sheet = /href="([^"]+app\.css)"/.exec(page)?.[1] ?? ''
const css = readFileSync(new URL('../../public/app.css', import.meta.url))

test('a static file is compressed as the browser accepts, and cached for a year', async () => {
  for (const [accepted, encoding, decode] of [
    ['gzip, deflate, br', 'br', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['gzip, br;q=0', 'gzip', gunzipSync],
    ['identity', undefined, (body: Buffer) => body],
  ] as const) {
    const { headers, body } = await ask(sheet, { 'accept-encoding': accepted })
    assert.equal(headers['content-encoding'], encoding, accepted)
    assert.equal(headers.vary, 'Accept-Encoding', accepted)
    assert.equal(headers['content-type'], 'text/css; charset=utf-8', accepted)
    assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable', accepted)
    assert.deepEqual(decode(body), css, accepted)
  }
})

test('a picture is already compressed, and sent as is', async () => {
  const { status, headers } = await ask(sheet.replace('app.css', 'apple-touch-icon.png'), {
    'accept-encoding': 'br',
  })
  assert.deepEqual([status, headers['content-encoding']], [200, undefined])
})

test('a browser that has the file gets 304, and HEAD gets only headers', async () => {
  for (const accepted of ['br', 'gzip', 'identity']) {
    const full = await ask(sheet, { 'accept-encoding': accepted })
    const head = await ask(sheet, { 'accept-encoding': accepted }, 'HEAD')
    assert.deepEqual(
      [head.status, head.body.length, head.headers.etag],
      [200, 0, full.headers.etag],
      accepted,
    )
    const again = await ask(sheet, { 'accept-encoding': accepted, 'if-none-match': full.headers.etag })
    assert.deepEqual([again.status, again.body.length], [304, 0], accepted)
  }
})

test('a range of a file is a range of the uncompressed file', async () => {
  for (const last of [5, 4_001]) {
    const { status, headers, body } = await ask(sheet, { 'accept-encoding': 'br', range: `bytes=2-${last}` })
    assert.equal(status, 206)
    assert.equal(headers['content-encoding'], undefined)
    assert.deepEqual(body, css.subarray(2, last + 1))
  }
})

test('a file with another version is served, and revalidated each time', async () => {
  const { status, headers } = await ask('/assets/another/app.css', { 'accept-encoding': 'br' })
  assert.equal(status, 200)
  assert.equal(headers['cache-control'], 'public, max-age=0')
  const again = await ask('/assets/another/app.css', { 'if-none-match': headers.etag })
  assert.equal(again.status, 304)
})

test('only files that must be at the root are served there', async () => {
  for (const file of ['favicon.ico', 'robots.txt', 'social.png']) {
    const { status, headers } = await ask(`/${file}`)
    assert.deepEqual([status, headers['cache-control']], [200, 'public, max-age=3600'], file)
  }
  for (const file of ['app.css', 'app.js', 'icon.svg', 'apple-touch-icon.png'])
    assert.equal((await ask(`/${file}`)).status, 404, file)
})

test('a missing file is not cached', async () => {
  const { status, headers } = await ask(sheet.replace('app.css', 'nothing.css'))
  assert.equal(status, 404)
  assert.equal(headers['cache-control'], undefined)
})

test('a form sent to a static file gets 404', async () => {
  assert.equal((await app.visitor().submit('/robots.txt')).status, 404)
})

test('pages are not compressed, because they may show secrets next to input (BREACH)', async () => {
  const { headers } = await ask('/login?returnTo=/x', { 'accept-encoding': 'br, gzip' })
  assert.equal(headers['content-encoding'], undefined)
})

/** The bytes as they come: fetch and supertest decode them. */
async function ask(path: string, headers: OutgoingHttpHeaders = {}, method = 'GET') {
  const sent = request(app.address + path, { method, headers }).end()
  const [answer]: IncomingMessage[] = await once(sent, 'response')
  if (!answer) throw new Error('No answer')
  return { status: answer.statusCode, headers: answer.headers, body: await buffer(answer) }
}
