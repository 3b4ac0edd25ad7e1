import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Limit, limits } from '../../src/limits.ts'
import { securityEvents } from '../../src/security-events.ts'
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

test('its table of limits is the one in the code', () => {
  const rows = [...document.matchAll(/^\| `(\w+)` \| (\d+) \| (\d+) minutes \| /gm)]
  assert.deepEqual(
    rows.map(([, name, tries, minutes]) => [name, Number(tries), Number(minutes) * 60]),
    Object.entries(limits).map(([name, { tries, seconds }]: [string, Limit]) => [name, tries, seconds]),
  )
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

test('its list of events is the one in the code', () => {
  const rows = [...document.matchAll(/^\| `([\w.-]+)` \| (info|warn) \| /gm)]
  assert.deepEqual(
    rows.map(([, name, level]) => [name, level]),
    Object.entries(securityEvents).map(([name, [level]]) => [name, level]),
  )
})
