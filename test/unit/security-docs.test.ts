import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Limit, limits } from '../../src/limits.ts'
import { securityEvents } from '../../src/security-events.ts'

const document = readFileSync(new URL('../../docs/security.md', import.meta.url), 'utf8')

test('the table of limits in docs/security.md is the one in the code', () => {
  const rows = [...document.matchAll(/^\| `(\w+)` \| (\d+) \| (\d+) minutes \| /gm)]
  assert.deepEqual(
    rows.map(([, name, tries, minutes]) => [name, Number(tries), Number(minutes) * 60]),
    Object.entries(limits).map(([name, { tries, seconds }]: [string, Limit]) => [name, tries, seconds]),
  )
})

test('the list of events in docs/security.md is the one in the code', () => {
  const rows = [...document.matchAll(/^\| `([\w.-]+)` \| (info|warn) \| /gm)]
  assert.deepEqual(
    rows.map(([, name, level]) => [name, level]),
    Object.entries(securityEvents).map(([name, [level]]) => [name, level]),
  )
})
