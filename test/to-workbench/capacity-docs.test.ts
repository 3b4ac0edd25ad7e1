// For the workbench: it compares a document with a bench.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { measured, report } from '../../bench/capacity.ts'

test('docs/scaling.md shows what npm run bench:capacity prints', () => {
  assert.ok(
    readFileSync('docs/scaling.md', 'utf8').includes(report(measured)),
    'Run it, and put its output there.',
  )
})
