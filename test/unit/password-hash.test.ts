import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { hash } from '@node-rs/argon2'
import { hashPassword, isOutdated, verifyPassword } from '../../src/models/password-hash.ts'

const password = 'seven green bicycles'

describe('the hash of a password', () => {
  test('is argon2id with 19 MiB, two passes and one lane, and says so', async () => {
    assert.match(await hashPassword(password), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  })

  test('differs each time, so that nobody sees who has the same password', async () => {
    assert.notEqual(await hashPassword(password), await hashPassword(password))
  })

  test('matches its own password and no other', async () => {
    const stored = await hashPassword(password)
    assert.equal(await verifyPassword(stored, password), true)
    for (const wrong of ['seven green bicycle', 'seven green bicycles ', 'Seven green bicycles', '']) {
      assert.equal(await verifyPassword(stored, wrong), false, JSON.stringify(wrong))
    }
  })

  test('covers every character of a long password', async () => {
    const long = '🚲'.repeat(255)
    const stored = await hashPassword(`${long}a`)
    assert.equal(await verifyPassword(stored, `${long}a`), true)
    assert.equal(await verifyPassword(stored, `${long}b`), false)
  })

  test('does not stop at a zero character', async () => {
    assert.equal(await verifyPassword(await hashPassword('seven\0green'), 'seven\0blue'), false)
  })
})

test('nobody signs in to an account that does not exist, whatever the password', async () => {
  for (const guess of [password, '', 'nobody has this password']) {
    assert.equal(await verifyPassword(undefined, guess), false, guess)
  }
})

describe('a stored hash that is due for renewal', () => {
  test('is one of other parameters or of another kind', async () => {
    const weaker = { memoryCost: 8192, timeCost: 2, parallelism: 1 }
    assert.equal(isOutdated(await hash(password, weaker)), true)
    assert.equal(isOutdated(await hash(password, { memoryCost: 19_456, timeCost: 1, parallelism: 1 })), true)
    assert.equal(isOutdated('$2b$12$abcdefghijklmnopqrstuuvWkHZ1n7c8s0cqz0m3z9b8Yk0X0o1qa'), true)
  })

  test('still matches its password', async () => {
    const weaker = await hash(password, { memoryCost: 8192, timeCost: 2, parallelism: 1 })
    assert.equal(await verifyPassword(weaker, password), true)
    assert.equal(await verifyPassword(weaker, 'seven blue bicycles'), false)
  })

  test('is not one that was made today', async () => {
    assert.equal(isOutdated(await hashPassword(password)), false)
  })
})
