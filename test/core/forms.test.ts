import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Router } from 'express'
import { object, string } from 'yup'
import { atMost, parseForm } from '../../src/web/forms.ts'
import { startTestApp } from '../support/app.ts'
import { newMember } from '../support/member.ts'
import { cookiesOf, newPerson } from '../support/visitor.ts'

const notes = Router()
const noteShape = object({ note: string().test(atMost(4, 'Use 4 characters or fewer.')) })
notes.post('/note', (req, res) => void res.json(parseForm(req.body, noteShape)))
const app = await startTestApp({}, { more: [notes] })

const long = 'x y'.repeat(86)
const wrong: Record<string, readonly (string | undefined)[]> = {
  name: [undefined, '', '   ', 'x'.repeat(81), 'é'.repeat(81), 'a\u202eb', 'a\u0000b', 'a\u200bb'],
  email: [
    undefined,
    '',
    'x',
    'x@',
    '@example.com',
    'ada@example',
    'a b@example.com',
    'ada@exa mple.com',
    'ada@müller.de/path',
    'ada@m%C3%BCller.de',
    'ada@☕',
    `${'x'.repeat(250)}@example.com`,
  ],
  password: [undefined, '', long],
}

test('each field that is missing, too short, too long or invalid gets its own error (ASVS 2.2.1)', async () => {
  const before = await app.users.find().toArray()
  const newcomer = await app.visitor().filledIn('/register', { ...newPerson() })
  for (const [path, names, good] of [
    ['/register', ['name', 'email', 'password'], newcomer],
    ['/login', ['email', 'password'], { ...newPerson() }],
  ] as const) {
    for (const field of names) {
      for (const value of wrong[field] ?? []) {
        const { [field]: _, ...others }: Record<string, string> = good
        const sent = value === undefined ? others : { ...others, [field]: value }
        const answer = await app.visitor().submit(path, sent)
        assert.equal(answer.status, 422, `${path} ${field} ${value}`)
        const errors = [...answer.text.matchAll(/id="([\w-]+)-error"/g)].map(([, name]) => name)
        assert.deepEqual(errors, [field], `${path} ${field} ${value}`)
      }
    }
  }
  assert.deepEqual(await app.users.find().toArray(), before, 'nothing is stored')
})

test('the server enforces what the page only asks the browser to check (ASVS 2.2.2)', async () => {
  const { text } = await app.visitor().get('/register')
  assert.match(text, /name="name"[^>]* maxlength="80"/)
  const long = { ...newPerson(), name: 'x'.repeat(81) }
  assert.equal((await app.visitor().fillInAndSubmit('/register', long)).status, 422)
  assert.match((await app.visitor().submit('/login', { email: 'x', password: 'y' })).text, /id="email-error"/)
})

test('a line break counts as one character, as in the browser, which sends two', async () => {
  const { text } = await app.visitor().submit('/note', { note: 'a\r\n\r\nb' })
  const form = { values: { note: 'a\n\nb' }, errors: {} }
  assert.deepEqual(JSON.parse(text), { ok: true, data: form.values, ...form })
})

for (const inject of [
  'email[$ne]=',
  'email[]=a',
  'email[0]=a',
  'email[length]=1',
  'email[toString]=x',
  'email.x=y',
  'email=a@example.com&email=b@example.com',
  'email=a@example.com&returnTo=/a&returnTo=/b',
  '$where=1',
  'user.role=admin',
]) {
  test(`a body that no form sends is refused: ${inject}`, async () => {
    for (const path of ['/login', '/register']) {
      const answer = await app.visitor().submit(path, `name=a&password=seven+green+bicycles&${inject}`)
      assert.equal(answer.status, 400, path)
      assert.deepEqual(cookiesOf(answer), [])
    }
  })
}

test('objects, lists and operators in place of a string sign no one in (ASVS 1.2.4, 15.3.5)', async () => {
  const { person } = await newMember(app)
  const before = await app.users.find().toArray()
  for (const field of ['email', 'password', 'remember', 'returnTo']) {
    const others = new URLSearchParams({ email: person.email, password: person.password })
    others.delete(field)
    for (const text of [`${field}[$ne]=`, `${field}[]=x`, `${field}[0]=x`, `${field}=a&${field}=b`]) {
      const answer = await app.visitor().submit('/login', `${others}&${text}`)
      assert.equal(answer.status, 400, text)
      assert.deepEqual(cookiesOf(answer), [])
    }
  }
  assert.equal((await app.visitor().get('/login?returnTo[toString]=x&returnTo[]=y')).status, 200)
  assert.deepEqual(await app.users.find().toArray(), before)
})

test('prototype keys are refused, and Object.prototype stays clean (ASVS 15.3.6)', async () => {
  const clean = Object.getOwnPropertyNames(Object.prototype).sort()
  for (const key of [
    '__proto__',
    '__proto__[admin]',
    'constructor',
    'constructor[prototype][admin]',
    'prototype[x]',
    'toString',
    'hasOwnProperty',
    'x[__proto__][admin]',
    '%5F_proto__',
  ])
    for (const path of ['/login', '/register']) {
      const answer = await app.visitor().submit(path, `email=a@example.com&password=x&name=y&${key}=1`)
      assert.equal(answer.status, 400, `${path} ${key}`)
    }
  await app.visitor().get('/login?__proto__[admin]=1&constructor[prototype][admin]=1&returnTo=/x')
  assert.deepEqual(Object.getOwnPropertyNames(Object.prototype).sort(), clean)
  assert.equal(Reflect.get({}, 'admin'), undefined)
})

test('a repeated field is refused (ASVS 15.3.7)', async () => {
  for (const path of ['/login', '/register']) {
    const form = await app.visitor().filledIn(path, { ...newPerson() })
    for (const field of Object.keys(form)) {
      const answer = await app.visitor().submit(path, `${new URLSearchParams(form)}&${field}=again`)
      assert.equal(answer.status, 400, `${path} ${field}`)
      assert.deepEqual(cookiesOf(answer), [])
    }
  }
})

const payload = '"><svg onload=alert(1)>'

test('double-encoded input is decoded only once (ASVS 1.1.1)', async () => {
  const form = await app.visitor().submit('/register', 'name=%2524gt&email=x&returnTo=%252Fa')
  assert.match(form.text, /name="name" [^>]*value="%24gt"/)
  assert.match(form.text, /name="returnTo" value="%2Fa"/)
  assert.match((await app.visitor().get('/login?returnTo=%252524gt')).text, /name="returnTo" value="%2524gt"/)
})

test('submitted values are escaped when a form shows them again (ASVS 1.2.1)', async () => {
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

test('views output nothing unescaped except other views (ASVS 1.2.1)', () => {
  for (const [file, text] of views())
    for (const [tag] of text.matchAll(/<%-.*?%>/gs)) assert.match(tag, /^<%- include\(/, file)
})

test('template engine options in a form or a query string have no effect (ASVS 1.3.7)', async () => {
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
