import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { exchange, request, statusOf } from '../support/raw-http.ts'
import { filledIn, forms } from '../support/routes.ts'
import { cookiesOf, locationOf, newPerson, type Visitor } from '../support/visitor.ts'

const app = await startTestApp()
const port = Number(new URL(app.address).port)
const payload = '"><svg onload=alert(1)>'

test('1.1.1 what was encoded twice is decoded once', async () => {
  const form = await app.visitor().submit('/register', 'name=%2524gt&email=x&returnTo=%252Fa')
  assert.match(form.text, /name="name" [^>]*value="%24gt"/)
  assert.match(form.text, /name="returnTo" value="%2Fa"/)
  assert.match((await app.visitor().get('/login?returnTo=%252524gt')).text, /name="returnTo" value="%2524gt"/)
})

test('1.1.1 an address that decodes to nothing sensible is a page that does not exist', async () => {
  for (const path of [
    '/%00',
    '/%',
    '/%E0%A4%A',
    '/%c0%ae%c0%ae/.env',
    '/..%2f.env',
    '/../../.env',
    '/assets/..%2f..%2f.env',
  ]) {
    const status = statusOf(await exchange(port, request(`GET ${path} HTTP/1.1`)))
    assert.ok([400, 403, 404].includes(status), `${path}: ${status}`)
  }
})

test('1.2.1 whatever a form shows again comes back escaped', async () => {
  const member = app.visitor()
  await member.register()
  const pages = [
    await app.visitor().get(`/login?returnTo=${encodeURIComponent(payload)}`),
    await app.visitor().get(`/register?returnTo=${encodeURIComponent(payload)}`),
    await app
      .visitor()
      .submit('/register', { name: payload, email: payload, password: '', returnTo: payload }),
    await app.visitor().submit('/login', { email: payload, password: '', returnTo: payload }),
    await member.submit('/account/name', { name: payload.repeat(5) }),
  ]
  for (const { text } of pages) {
    assert.ok(text.includes('&#34;&gt;&lt;svg'), 'it is shown again')
    assert.doesNotMatch(text, /<svg onload/)
  }
})

test('1.2.1 a name, a browser and an address made of markup are shown as text', async () => {
  const person = await app.visitor().register({ ...newPerson(), name: payload })
  const visitor = app.visitor()
  await visitor.logIn(person).set('User-Agent', payload).set('X-Forwarded-For', payload)
  for (const path of ['/dashboard', '/sessions', '/account', '/account/name']) {
    const { status, text } = await visitor.get(path)
    assert.equal(status, 200)
    assert.doesNotMatch(text, /<svg onload/, path)
  }
  assert.match((await visitor.get('/account/name')).text, /value="&#34;&gt;&lt;svg/)
})

test('1.2.1 no view writes anything unescaped but other views', () => {
  for (const [file, text] of views())
    for (const [tag] of text.matchAll(/<%-.*?%>/gs)) assert.match(tag, /^<%- include\(/, file)
})

test('1.2.2 after a sign-in no address with a scheme of its own is opened', async () => {
  const person = await app.visitor().register()
  for (const returnTo of ['javascript:alert(1)', 'data:text/html,x', 'vbscript:x', 'JaVaScRiPt:x']) {
    await app.forgetTries()
    assert.equal(locationOf(await app.visitor().logIn(person, { returnTo })), '/dashboard')
  }
})

test('1.2.3 no page holds a script, a handler or a style of its own', async () => {
  const member = app.visitor()
  await member.register()
  for (const [visitor, paths] of [
    [app.visitor(), ['/', '/login', '/register', '/nowhere']],
    [
      member,
      ['/', '/dashboard', '/sessions', '/account', '/account/name', '/account/password', '/account/delete'],
    ],
  ] as const) {
    for (const path of paths) {
      const { text } = await visitor.get(path)
      assert.match(text, /<script src="\/assets\//, path)
      assert.doesNotMatch(text, /<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:/, path)
    }
  }
})

test('1.2.4 objects, lists and operators in place of a text are refused by every form', async () => {
  const member = app.visitor()
  const person = await member.register()
  const before = await app.users.findOne({ email: person.email })
  for (const form of forms) {
    const visitor: Visitor = form.who === 'guests' ? app.visitor() : member
    for (const field of form.fields ?? []) {
      const others = new URLSearchParams(filledIn(form, { ...newPerson(), password: person.password }))
      others.delete(field)
      for (const inject of [`${field}[$ne]=`, `${field}[]=a`, `${field}[0]=a`, `${field}=a&${field}=b`]) {
        const answer = await visitor.submit(form.path, `${others}&${inject}`)
        assert.equal(answer.status, 400, `${form.path} ${inject}`)
        if (form.who === 'guests') assert.deepEqual(cookiesOf(answer), [], 'nobody is signed in')
      }
      const json = await visitor
        .submit(form.path)
        .type('json')
        .send({ [field]: { $ne: '' } })
      assert.equal(json.status, 415, form.path)
    }
  }
  assert.deepEqual(await app.users.findOne({ email: person.email }), before)
  assert.equal((await member.get('/dashboard')).status, 200)
})

test('1.2.4 an operator in the place of a session id ends nothing', async () => {
  const [here, there] = [app.visitor(), app.visitor()]
  await there.logIn(await here.register())
  for (const id of ['[$ne]', '{"$ne":""}', '$where', '.*', 'null', '__proto__', '%00', 'id[$gt]=']) {
    const path = id === '%00' ? id : encodeURIComponent(id)
    assert.equal((await here.submit(`/sessions/${path}/end`)).status, 404, id)
  }
  assert.equal((await there.get('/dashboard')).status, 200)
})

test('1.2.9 a pattern in the place of an email matches nobody', async () => {
  const person = await app.visitor().register()
  for (const email of [
    '.*',
    '.*@example.com',
    '^person.*',
    'person?@example.com',
    `${person.email}|x@example.com`,
  ]) {
    const { status } = await app.visitor().logIn({ ...person, email })
    assert.ok(status === 401 || status === 422, `${email}: ${status}`)
  }
})

test('1.3.7 options of the template engine in a form or an address are inert', async () => {
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

test('1.3.11 line breaks and lists of addresses are no email', async () => {
  const users = await app.users.countDocuments()
  for (const email of [
    'a@example.com\r\nBcc: b@example.com',
    'a@example.com\nb@example.com',
    'a@example.com,b@example.com',
    'a@example.com;b@example.com',
    'A <a@example.com>',
  ])
    assert.equal((await app.visitor().submit('/register', { ...newPerson(), email })).status, 422, email)
  assert.equal(await app.users.countDocuments(), users)
})

function views(): [file: string, text: string][] {
  const files = readdirSync('views', { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ejs'),
  )
  assert.ok(files.length > 10)
  return files.map((file) => [file, readFileSync(join('views', file), 'utf8')])
}
