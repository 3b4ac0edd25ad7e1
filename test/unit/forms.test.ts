import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { object, string } from 'yup'
import { credentials, passwordChange, read, registration } from '../../src/forms.ts'
import { HttpError } from '../../src/http-error.ts'

const filledIn = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'seven green bicycles' }

describe('a filled-in form', () => {
  test('comes out as typed strings', () => {
    const form = read(filledIn, registration)
    assert.ok(form.ok)
    assert.deepEqual(form.data, filledIn)
  })

  test('loses the fields that nobody asked for', () => {
    const form = read({ ...filledIn, isAdmin: 'true' }, registration)
    assert.ok(form.ok)
    assert.deepEqual(form.data, filledIn)
  })

  test('an email address has one spelling, whatever its capitals and the blanks round it', () => {
    const form = read({ ...filledIn, email: '  Ada@Example.COM ' }, credentials)
    assert.ok(form.ok)
    assert.equal(form.data.email, 'ada@example.com')
  })

  test('a name is tidied: one blank between words, none around them, accents in one form', () => {
    const form = read({ ...filledIn, name: '  Zoe\u0308 \t van  Dijk ' }, registration)
    assert.ok(form.ok)
    assert.equal(form.data.name, 'Zo\u00eb van Dijk')
  })

  test('a password stays exactly as typed, blanks and all', () => {
    const form = read({ ...filledIn, password: '  Seven Green  ' }, credentials)
    assert.ok(form.ok)
    assert.equal(form.data.password, '  Seven Green  ')
  })

  for (const name of ['O’Brien-Smith, Jr.', 'Nguyễn Thị Minh', '山田太郎', 'Åsa 🚲']) {
    test(`${name} is a name`, () => {
      assert.equal(read({ ...filledIn, name }, registration).ok, true)
    })
  }
})

describe('a form with mistakes', () => {
  test('says what to type into each empty field', () => {
    const empty = {
      name: 'Type your name.',
      email: 'Type your email address.',
      password: 'Choose a password.',
    }
    assert.deepEqual(read({ name: ' ', email: ' ', password: '' }, registration).errors, empty)
    assert.deepEqual(read({}, registration).errors, empty)
    assert.deepEqual(read(undefined, registration).errors, empty)
    assert.equal(read({ ...filledIn, password: '' }, credentials).errors.password, 'Type your password.')
  })

  test('names them in the order of the form', () => {
    assert.deepEqual(Object.keys(read({}, passwordChange).errors), ['password', 'new-password'])
  })

  test('that agree with no single field says so above them', () => {
    const twice = object({ one: string(), two: string() }).test(
      'alike',
      'Type the same twice.',
      ({ one, two }) => one === two,
    )
    const form = read({ one: 'a', two: 'b' }, twice)
    assert.equal(form.ok, false)
    assert.deepEqual([form.errors, form.problem], [{}, 'Type the same twice.'])
  })

  test('gives back what was typed, as it was typed, but never a password', () => {
    const form = read({ ...filledIn, name: ' Ada ', email: 'Ada@', returnTo: '/dashboard' }, registration)
    assert.equal(form.ok, false)
    assert.deepEqual(form.values, { name: ' Ada ', email: 'Ada@', returnTo: '/dashboard' })
  })

  test('gives back no password under any name of such a field', () => {
    const change = object({
      currentPassword: string().required(),
      newPassword: string().required(),
      PASSWORD: string().required(),
      note: string().required(),
    })
    const typed = { currentPassword: 'a', newPassword: 'b', PASSWORD: 'c', note: 'd' }
    assert.deepEqual(read(typed, change).values, { note: 'd' })
  })

  test('shows one error a field', () => {
    const { errors } = read({ ...filledIn, name: '\u0000'.repeat(81) }, registration)
    assert.deepEqual(errors, { name: 'Use at most 80 characters.' })
  })

  for (const email of [
    'ada',
    'ada@',
    '@example.com',
    'ada@example',
    'ada lovelace@example.com',
    'ada@exa mple.com',
    'ädä@example.com',
    'ada@exämple.com',
  ]) {
    test(`${email} is no email address`, () => {
      assert.match(read({ ...filledIn, email }, credentials).errors.email ?? '', /such as name@example\.com/)
    })
  }

  test('an email address has at most 254 characters', () => {
    const { email } = read({ ...filledIn, email: `${'x'.repeat(250)}@example.com` }, credentials).errors
    assert.equal(email, 'Use at most 254 characters.')
  })

  test('a name has 1 to 80 characters', () => {
    assert.equal(read({ ...filledIn, name: 'é'.repeat(80) }, registration).ok, true)
    assert.equal(
      read({ ...filledIn, name: 'é'.repeat(81) }, registration).errors.name,
      'Use at most 80 characters.',
    )
  })

  test('a name cannot hold characters that turn the writing round or cannot be seen', () => {
    for (const name of ['Ada\u202eecalevoL', 'Ada\u0000', 'Ada\u200b']) {
      assert.deepEqual(
        Object.keys(read({ ...filledIn, name }, registration).errors),
        ['name'],
        JSON.stringify(name),
      )
    }
  })

  test('a password too long to be right is not even hashed at a sign-in', () => {
    const { errors } = read({ ...filledIn, password: 'x'.repeat(2000) }, credentials)
    assert.equal(errors.password, 'Passwords here have at most 256 characters.')
  })

  test('the longest password that can be registered can sign in, emoji too', () => {
    assert.equal(read({ ...filledIn, password: '🚲'.repeat(256) }, credentials).ok, true)
  })
})

describe('a body that no form here sends is a 400', () => {
  const bodies: [string, Record<string, unknown>][] = [
    ['a field that came twice', { ...filledIn, email: ['ada@example.com', 'bob@example.com'] }],
    ['a nested object', { ...filledIn, email: { $ne: null } }],
    ['a number', { ...filledIn, email: 1 }],
    ['a name with brackets', { ...filledIn, 'email[$ne]': '' }],
    ['a name with a dollar', { ...filledIn, $where: '1' }],
    ['a name with a dot', { ...filledIn, 'user.role': 'admin' }],
    ['__proto__', JSON.parse('{"__proto__":"x"}')],
    ['constructor', { ...filledIn, constructor: 'x' }],
  ]

  for (const [what, body] of bodies) {
    test(`${what} is refused`, () => {
      assert.throws(
        () => read(body, credentials),
        (error) => error instanceof HttpError && error.status === 400,
      )
    })
  }
})
