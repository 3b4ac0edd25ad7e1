import assert from 'node:assert/strict'
import { test } from 'node:test'
import { styleguide } from '../../src/features/styleguide/index.ts'
import { anotherApp, startTestApp } from '../support/app.ts'
import { formsOn } from '../support/forms.ts'
import { Visitor } from '../support/visitor.ts'

const options = { features: [styleguide] }
const app = await startTestApp({ NODE_ENV: 'development' }, options)
const { text } = await app.visitor().get('/dev/parts')

test('every part is shown in both themes', () => {
  for (const theme of ['light', 'dark']) {
    const [, section = ''] = new RegExp(`<section data-theme="${theme}"(.*?)</article>`, 's').exec(text) ?? []
    for (const type of ['text', 'radio', 'checkbox', 'date', 'number', 'file', 'search'])
      assert.ok(section.includes(`type="${type}"`), `${theme}: ${type}`)
    for (const part of [
      '<textarea',
      '<select',
      '<table',
      'class="pager"',
      'class="empty"',
      'class="danger-zone"',
      'class="tabs"',
      'class="asks"',
      'class="menu"',
      'ada@example.com',
      'class="flash problem" role="alert"',
      'class="flash success" role="status"',
    ])
      assert.ok(section.includes(part), `${theme}: ${part}`)
  }
})

test('each field is linked to its label, hint and error', () => {
  const fields = formsOn(text, '/dev/parts').flatMap((form) => form.fields)
  const wrong = fields.filter(({ name }) => name.includes('-wrong-'))
  assert.ok(wrong.length > 0)
  for (const { name, type } of wrong) {
    const carrier = type === 'radio' ? `<fieldset[^>]* id="${name}"` : `id="${name}"`
    assert.match(text, new RegExp(`${carrier}[^>]* aria-describedby="${name}-hint ${name}-error"`), name)
    for (const id of [`${name}-hint`, `${name}-error`]) assert.ok(text.includes(`id="${id}"`), id)
  }
})

test("an error's link leads to a focusable field, even with several radio buttons", () => {
  const radios = [...text.matchAll(/<fieldset[^>]* id="[^>]*>/g)].map(([tag]) => tag)
  assert.ok(radios.length > 0)
  for (const tag of radios) assert.match(tag, / tabindex="-1"/)
})

test('no ID is on the page twice, and sending its forms changes nothing', async () => {
  const ids = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)
  assert.equal(new Set(ids).size, ids.length)
  const visitor = app.visitor()
  assert.equal((await visitor.submit('/dev/parts', {})).status, 303)
  assert.match((await visitor.get('/dev/parts')).text, /Nothing was changed\./)
})

for (const NODE_ENV of ['production', 'test'])
  test(`there is no such page in ${NODE_ENV}`, async () => {
    const other = await anotherApp(app, { NODE_ENV, APP_ORIGIN: 'https://app.example.com' }, options)
    const headers = { Host: 'app.example.com' }
    assert.equal((await new Visitor(other).request('GET', '/dev/parts', { headers })).status, 404)
  })
