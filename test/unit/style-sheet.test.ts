import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

test('public/ holds the style sheet of the installed Pico', () => {
  const installed = readFileSync(
    new URL(import.meta.resolve('@picocss/pico/css/pico.classless.min.css')),
    'utf8',
  )
  const served = readFileSync(new URL('../../public/pico.classless.min.css', import.meta.url), 'utf8')
  assert.ok(served === installed, 'Type: cp node_modules/@picocss/pico/css/pico.classless.min.css public/')
})
