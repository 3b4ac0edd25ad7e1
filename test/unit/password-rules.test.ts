import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { passwordProblem } from '../../src/models/password-rules.ts'

const nobody: string[] = []

describe('the length of a password', () => {
  test('11 characters are too few, 12 will do', () => {
    assert.match(passwordProblem('zq xv jk wu', nobody) ?? '', /at least 12 characters/)
    assert.equal(passwordProblem('zq xv jk wuh', nobody), undefined)
  })

  test('256 characters will do, 257 are too many', () => {
    assert.equal(passwordProblem(`${'zq xv jk wuh '.repeat(19)}123456789`, nobody), undefined)
    assert.match(
      passwordProblem(`${'zq xv jk wuh '.repeat(19)}1234567890`, nobody) ?? '',
      /at most 256 characters/,
    )
  })

  test('an emoji counts once, although it takes two units in JavaScript', () => {
    assert.match(passwordProblem('🚲'.repeat(11), nobody) ?? '', /at least 12/)
    assert.equal(passwordProblem('🚲'.repeat(12), nobody), undefined)
    assert.equal(passwordProblem('🚲'.repeat(256), nobody), undefined)
    assert.match(passwordProblem('🚲'.repeat(257), nobody) ?? '', /at most 256/)
  })
})

test('no kinds of characters are asked for: small letters, digits, blanks or another alphabet alone will do', () => {
  for (const password of [
    'zqxvjkwuhtrn',
    '740918263518',
    'ZQXVJKWUHTRN',
    'пусть будет дождь',
    'zq xv jk wu h',
  ]) {
    assert.equal(passwordProblem(password, nobody), undefined, password)
  }
})

describe('a password that attackers try first', () => {
  const list = readFileSync(new URL('../../resources/common-passwords.txt', import.meta.url), 'utf8')
  const common = list.split('\n').filter((line) => line && !line.startsWith('#'))

  test('stands in a list of 3,000 or more, none of which the rule of length refuses already', () => {
    assert.ok(common.length >= 3000, `${common.length} passwords`)
    assert.deepEqual(
      common.filter((password) => [...password].length < 12),
      [],
    )
  })

  test('is refused, whichever it is', () => {
    assert.deepEqual(
      common.filter((password) => !passwordProblem(password, nobody)),
      [],
    )
  })

  test('is refused in capitals too', () => {
    assert.match(passwordProblem('1QAZ2WSX3EDC', nobody) ?? '', /every list/)
    assert.match(passwordProblem('1Qaz2wsx3Edc', nobody) ?? '', /every list/)
  })
})

describe('a password made of what a guesser knows', () => {
  const known = ['ada.lovelace@example.com', 'Latchkey']

  for (const password of [
    'ada.lovelace@example.com',
    'ADA.Lovelace@Example.com',
    'ada.lovelace1',
    'Ada.Lovelace2026!',
    'latchkey-2026!',
    'LatchkeyLatchkey',
    'latchkeyada.lovelace',
    'example.com-1',
  ]) {
    test(`${password} is refused`, () => {
      assert.match(
        passwordProblem(password, known) ?? '',
        /too close to your email address or to the name of this app/,
      )
    })
  }

  test('may hold such a word beside eight characters of its own', () => {
    assert.match(passwordProblem('latchkey zq xvj', known) ?? '', /too close/)
    assert.equal(passwordProblem('latchkey zq xvjk', known), undefined)
  })

  test('each word of an app name counts', () => {
    assert.match(passwordProblem('notebook12345', ['My Notebook']) ?? '', /too close/)
  })

  test('one or two letters are no such word', () => {
    assert.equal(passwordProblem('johjohjohjoh', ['jo@example.com']), undefined)
  })
})
