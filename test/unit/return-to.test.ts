import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { safeReturnTo } from '../../src/return-to.ts'

const origin = 'https://app.example.com'

describe('after a sign-in a visitor comes back to', () => {
  test('the page asked for, with its query', () => {
    assert.equal(safeReturnTo('/ok?x=1', origin), '/ok?x=1')
    assert.equal(safeReturnTo('/dashboard', origin), '/dashboard')
    assert.equal(safeReturnTo('/', origin), '/')
  })

  test('an address of ours that only mentions another one', () => {
    assert.equal(safeReturnTo('/search?q=//evil.example', origin), '/search?q=//evil.example')
    assert.equal(safeReturnTo('/@evil.example', origin), '/@evil.example')
  })

  test('the dashboard when no page was asked for', () => {
    assert.equal(safeReturnTo(undefined, origin), '/dashboard')
    assert.equal(safeReturnTo('', origin), '/dashboard')
  })
})

describe('a link made by somebody else does not lead off the site', () => {
  for (const asked of [
    '//evil.example',
    '///evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/\n/evil.example',
    '\t//evil.example',
    ' //evil.example',
    'https:evil.example',
    'https://evil.example',
    'https://app.example.com.evil.example/',
    'https://app.example.com@evil.example/',
    'javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'evil.example',
    '/..//evil.example',
    '/.//evil.example',
    '/%2e//evil.example',
    '/%2e%2e//evil.example',
    '/a/..//evil.example',
    '/./\\evil.example',
    '//[',
  ]) {
    test(`${JSON.stringify(asked)} becomes the dashboard`, () => {
      assert.equal(safeReturnTo(asked, origin), '/dashboard')
    })
  }

  for (const asked of [
    '/%09/evil.example',
    '/%2F/evil.example',
    '/%5Cevil.example',
    '/ok#//evil.example',
    '/;//evil.example',
  ]) {
    test(`${JSON.stringify(asked)} stays on the site, in a browser too`, () => {
      const location = safeReturnTo(asked, origin)
      assert.doesNotMatch(location, /^\/[/\\]/)
      assert.equal(new URL(location, origin).origin, origin)
    })
  }

  test('a line break cannot begin a header of its own', () => {
    assert.doesNotMatch(safeReturnTo('/ok\r\nSet-Cookie: sid=evil', origin), /[\r\n]/)
  })
})
