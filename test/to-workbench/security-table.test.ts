// For the workbench: what its table of requirements says of the tests.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { requirements } from '../security/requirements.ts'
import { gaps, table, writtenTests } from '../security/table.ts'

const document = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8')

test('every security requirement has a test or an exception, and every security test a requirement', () => {
  assert.deepEqual(gaps(writtenTests()), [])
})

test('docs/security.md has every requirement and every test once, all of which passed', () => {
  const [, shown = ''] = /<!-- table -->\n(.*)\n<!-- end of the table -->/s.exec(document) ?? []
  assert.deepEqual(
    shown.split('\n'),
    table(writtenTests(), () => 'pass').split('\n'),
    'Run npm run security:table',
  )
})

test('its headings are where the exceptions point', () => {
  for (const { exception = '' } of requirements)
    for (const [, heading = ''] of exception.matchAll(/\(#(\w+)\)/g))
      assert.match(document, new RegExp(`^## ${heading}$`, 'im'))
})

test('the tests in a browser that it names exist', () => {
  const folder = new URL('../browser/', import.meta.url)
  const sources = readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('')
  const named = requirements.flatMap(({ inBrowser = [] }) => inBrowser)
  assert.ok(named.length > 0)
  for (const name of named) assert.ok(sources.includes(`'${name.replace(/^[\d.]+ /, '')}'`), name)
})
