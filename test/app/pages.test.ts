/** These tests find the pages and forms themselves, so they also cover those that you add. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fillIn, formsOn, type PageForm } from '../support/forms.ts'
import { privatePage } from '../support/home.ts'
import { newMember } from '../support/member.ts'
import { addressOf, routesOf } from '../support/registered-routes.ts'
import { newPerson } from '../support/visitor.ts'
import { leadsTo, newInsider, pagesFor, seedFor, startWholeApp } from '../support/whole-app.ts'

const app = await startWholeApp()
const routes = routesOf(app.server)
const addresses = routes.filter(({ method }) => method === 'GET').map(addressOf)
const markup = '"><svg onload=alert(1)>'

async function everyPage() {
  const visitors = [app.visitor(), (await newMember(app)).visitor, (await newInsider(app)).visitor]
  return (await Promise.all(visitors.map((visitor) => pagesFor(app, visitor)))).flat()
}

const pages = await everyPage()
const forms = pages.flatMap(({ path, text }) => formsOn(text, path).map((form) => ({ path, form })))

test('no page has inline scripts, handlers or styles (ASVS 1.2.3)', () => {
  for (const { path, text } of pages)
    assert.doesNotMatch(text, /<script(?![^>]* src=)|<style|\sstyle=|\son\w+=|javascript:/, path)
})

test('a name, browser and IP address that contain markup are shown as text on every page (ASVS 1.2.1)', async () => {
  const person = await app.visitor().register({ ...newPerson(), name: markup })
  await seedFor(app, person)
  const visitor = app.visitor()
  await visitor.logIn(person).set({ 'User-Agent': markup, 'X-Forwarded-For': markup })
  const seen = await pagesFor(app, visitor)
  for (const { path, text } of seen) assert.doesNotMatch(text, /<svg onload/, path)
  assert.ok(
    seen.some(({ text }) => text.includes('&gt;&lt;svg onload')),
    'it is shown',
  )
})

test('every page marks its entry in the navigation, or that of the page above it', () => {
  const entries = new Set(pages.flatMap(({ text }) => all(framesOf(text), /<li><a href="(\/[^"]*)"/g)))
  for (const { path, text } of pages) {
    const offered = all(framesOf(text), /<li><a href="(\/[^"]*)"/g)
    const owner = offered.find((entry) => path === entry || path.startsWith(`${entry}/`))
    assert.deepEqual(
      all(framesOf(text), /<a href="([^"]*)" aria-current="page"/g),
      owner ? [owner] : [],
      path,
    )
  }
  assert.ok(entries.size > 0)
})

test('the frame of a page names the app, but not its technology', () => {
  for (const { path, text } of pages)
    assert.doesNotMatch(framesOf(text), /mongo|database|express|passport/i, path)
})

/** A page without its content. */
function framesOf(html: string): string {
  return html.replace(/<main.*<\/main>/s, '')
}

function all(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = '']) => found)
}

test('no page of a signed-in user is cached (ASVS 14.3.2)', async () => {
  const { visitor } = await newInsider(app)
  for (const { path, headers } of await pagesFor(app, visitor))
    assert.equal(headers['cache-control'], 'no-store', path)
})

test('every page has the security headers', () => {
  for (const { path, headers } of pages) {
    assert.match(
      String(headers['content-security-policy']),
      /default-src 'self'.*frame-ancestors 'none'/,
      path,
    )
    assert.equal(headers['x-content-type-options'], 'nosniff', path)
  }
})

test('after signing out, no page shows who was signed in (ASVS 14.3.1)', async () => {
  const { visitor, person } = await newInsider(app)
  assert.ok((await pagesFor(app, visitor)).some(({ text }) => text.includes(person.name)))
  await visitor.submit('/logout')
  for (const { path, text } of await pagesFor(app, visitor))
    assert.ok(!text.includes(person.name) && !text.includes(person.email), path)
})

test('every form is sent to a route of this app with its method', () => {
  assert.ok(forms.length > 0)
  for (const { path, form } of forms) {
    const known = routes.some((route) => route.method === form.method && leadsTo(route, form.action))
    assert.ok(known, `${path}: ${form.method} ${form.action}`)
  }
})

test('no form sends a password or an email address in a URL (ASVS 14.2.1)', () => {
  for (const { path, form } of forms.filter(({ form: { method } }) => method === 'GET'))
    for (const { name, type } of form.fields)
      assert.ok(!['password', 'email'].includes(type) && !/password/i.test(name), `${path}: ${name}`)
})

test('every password field hides its input and accepts pasting (ASVS 6.2.6, 6.2.7)', () => {
  const fields = forms.flatMap(({ path, form }) => form.fields.map((field) => ({ path, ...field })))
  for (const { path, name, type, attributes } of fields.filter((one) => /password/i.test(one.name))) {
    assert.equal(type, 'password', `${path}: ${name}`)
    assert.match(attributes.autocomplete ?? '', /^(current|new)-password$/, `${path}: ${name}`)
    assert.ok(!('readonly' in attributes || 'maxlength' in attributes), `${path}: ${name}`)
  }
})

test('every visible field has a label', () => {
  for (const { path, text } of pages) {
    for (const { fields } of formsOn(text, path)) {
      for (const { name, attributes } of fields.filter(({ type }) => type !== 'hidden')) {
        const { id = '' } = attributes
        const isLabelled = text.includes(`<label for="${id}"`) || 'aria-label' in attributes
        assert.ok(isLabelled || wrapsInLabel(text, name), `${path}: ${name}`)
      }
    }
  }
})

test('query strings are shown as text, if at all (ASVS 1.2.1)', async () => {
  const { visitor } = await newInsider(app)
  const names = new Set(['returnTo', ...forms.flatMap(({ form }) => form.fields.map(({ name }) => name))])
  const query = new URLSearchParams(
    [...names].filter((name) => !/email|password/.test(name)).map((name): [string, string] => [name, markup]),
  )
  for (const path of addresses)
    for (const who of [app.visitor(), visitor]) {
      const { status, text, headers } = await who.get(`${path}?${query}`)
      assert.ok(status < 500, path)
      if (/html/.test(headers['content-type'] ?? '')) assert.doesNotMatch(text, /<svg onload/, path)
    }
})

test('submitted values are shown as text, if at all (ASVS 1.2.1)', async () => {
  await eachSentForm(
    (sent) => Object.fromEntries(Object.keys(sent).map((name): [string, string] => [name, markup])),
    ({ status, text }, what) => {
      assert.ok(status < 500, what)
      assert.doesNotMatch(text, /<svg onload/, what)
    },
  )
})

test('every form refuses a repeated field, a list and an object (ASVS 15.3.7, 1.2.4)', async () => {
  for (const odd of [(name: string) => `${name}=again`, (name: string) => `${name}[$ne]=`])
    await eachSentForm(
      (sent) => {
        const [first = ''] = Object.keys(sent)
        return first && `${new URLSearchParams(sent)}&${odd(first)}`
      },
      ({ status }, what) => assert.ok(status >= 400 && status < 500, `${what}: ${status}`),
    )
})

test('the summary above a form with several errors names each field by its label', async () => {
  let count = 0
  await eachSentForm(
    (sent) =>
      Object.fromEntries(Object.keys(sent).map((name): [string, string] => [name, 'x'.repeat(6_000)])),
    ({ text }, what) => {
      const [, summary = ''] = /Check these fields:(.*?)<\/p>/s.exec(text) ?? []
      for (const [, id, name] of summary.matchAll(/href="#([\w-]+)">([^<]*)/g)) {
        // A label may go on, such as with "(optional)".
        const label = new RegExp(`(<label for="${id}"|id="${id}"[^>]*>\\s*<legend)>${name}\\b`)
        assert.ok(
          label.test(text),
          `${what}: the summary calls ${id} “${name}”. Pass its label in the labels of form-errors.`,
        )
        count += 1
      }
    },
  )
  assert.ok(count > 0)
})

test("each field's limit is the same in the form and in its rule", async () => {
  let count = 0
  for (const more of [0, 1])
    await eachSentForm(
      (sent, form) => ({ ...sent, ...Object.fromEntries(limitsOf(form, more)) }),
      ({ text }, what, form) => {
        for (const [name] of limitsOf(form, more)) {
          assert.equal(text.includes(`id="${name}-error"`), more > 0, `${what}: ${name}`)
          count += 1
        }
      },
    )
  assert.ok(count > 0)
})

/** What is entered at the limit of each text and number, or beyond it. */
function limitsOf({ fields }: PageForm, more: number): [name: string, entered: string][] {
  return fields.flatMap(({ name, type, attributes: { maxlength, max } }): [string, string][] => {
    if (['text', 'textarea'].includes(type) && maxlength)
      return [[name, 'x'.repeat(Number(maxlength) + more)]]
    return type === 'number' && max ? [[name, String(Number(max) + more)]] : []
  })
}

/** Sends every POST form of every page with a changed body, and checks the response. */
async function eachSentForm(
  change: (sent: Record<string, string>, form: PageForm) => Record<string, string> | string,
  check: (answer: { status: number; text: string }, what: string, form: PageForm) => void,
): Promise<void> {
  const arrivals = [() => newInsider(app), () => ({ visitor: app.visitor(), person: newPerson() })]
  let count = 0
  for (const arrive of arrivals) {
    let { visitor, person } = await arrive()
    const { status } = await visitor.get(privatePage)
    const sent = new Set<string>()
    for (const { path, text } of await pagesFor(app, visitor)) {
      for (const form of formsOn(text, path).filter(isWorthSending)) {
        const what = `${path}: POST ${form.action}`
        if (sent.has(form.action)) continue
        sent.add(form.action)
        await app.forgetTries()
        // An earlier form may have signed them out or in, or deleted the account.
        if ((await visitor.get(privatePage)).status !== status) ({ visitor, person } = await arrive())
        const body = change(fillIn(form, { ...newPerson(), password: person.password }), form)
        check(await visitor.submit(form.action, body), what, form)
      }
    }
    count += sent.size
  }
  assert.ok(count > 0)
}

/** A form without fields has nothing to change. */
function isWorthSending({ method, fields }: PageForm): boolean {
  return method === 'POST' && fields.length > 0
}

function wrapsInLabel(text: string, name: string): boolean {
  return new RegExp(`<label[^>]*>(?:(?!</label>).)*name="${name}"`, 's').test(text)
}
