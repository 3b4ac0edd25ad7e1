import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'

const app = await startTestApp()
const payload = '"><svg onload=alert(1)>'

test('what was encoded twice is decoded once (ASVS 1.1.1)', async () => {
  const form = await app.visitor().submit('/register', 'name=%2524gt&email=x&returnTo=%252Fa')
  assert.match(form.text, /name="name" [^>]*value="%24gt"/)
  assert.match(form.text, /name="returnTo" value="%2Fa"/)
  assert.match((await app.visitor().get('/login?returnTo=%252524gt')).text, /name="returnTo" value="%2524gt"/)
})

test('whatever a form shows again comes back escaped (ASVS 1.2.1)', async () => {
  const pages = [
    await app.visitor().get(`/login?returnTo=${encodeURIComponent(payload)}`),
    await app.visitor().get(`/register?returnTo=${encodeURIComponent(payload)}`),
    await app
      .visitor()
      .submit('/register', { name: payload, email: payload, password: '', returnTo: payload }),
    await app.visitor().submit('/login', { email: payload, password: '', returnTo: payload }),
  ]
  for (const { text } of pages) {
    assert.ok(text.includes('&#34;&gt;&lt;svg'), 'it is shown again')
    assert.doesNotMatch(text, /<svg onload/)
  }
})

test('no view writes anything unescaped but other views (ASVS 1.2.1)', () => {
  for (const [file, text] of views())
    for (const [tag] of text.matchAll(/<%-.*?%>/gs)) assert.match(tag, /^<%- include\(/, file)
})

test('options of the template engine in a form or an address are inert (ASVS 1.3.7)', async () => {
  const plain = await app.visitor().logIn({ email: 'nobody@example.com', password: 'x' })
  const inert = {
    client: 'true',
    escapeFunction: 'x',
    debug: 'true',
    delimiter: '?',
    cache: '',
    views: '/etc',
    _locals: 'x',
  }
  const withOptions = await app.visitor().logIn({ email: 'nobody@example.com', password: 'x' }, inert)
  assert.deepEqual([withOptions.status, withOptions.text], [plain.status, plain.text])
  for (const query of [
    'client=1&delimiter=?',
    'settings[view options][outputFunctionName]=x;process.exit()//',
    '__proto__[client]=1',
  ])
    assert.equal((await app.visitor().get(`/login?${query}`)).text, (await app.visitor().get('/login')).text)
  assert.equal((await app.visitor().submit('/login', 'settings[view options][client]=1')).status, 400)
})

function views(): [file: string, text: string][] {
  const files = readdirSync('views', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ejs'),
  )
  assert.ok(files.length > 0)
  return files.map((file) => [file, readFileSync(join('views', file), 'utf8')])
}
