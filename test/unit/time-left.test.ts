import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { timeLeft } from '../../src/time-left.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const now = new Date('2026-03-01T12:00:00Z')

describe('the time left is told', () => {
  for (const [ms, words] of [
    [14 * day, '14 days'],
    [14 * day - 1, '13 days 23 hours'],
    [day + hour, '1 day 1 hour'],
    [day, '1 day'],
    [day + minute, '1 day 1 minute'],
    [2 * day + 3 * hour + 4 * minute, '2 days 3 hours'],
    [day - 1, '23 hours 59 minutes'],
    [hour, '1 hour'],
    [90 * minute, '1 hour 30 minutes'],
    [2 * minute - 1, '1 minute'],
    [minute, '1 minute'],
    [minute - 1, 'less than a minute'],
    [0, 'less than a minute'],
  ] as const) {
    test(`${ms} ms as "${words}"`, () => {
      assert.equal(timeLeft(new Date(now.getTime() + ms), now), words)
    })
  }

  test('as less than a minute when the moment has passed', () => {
    for (const ms of [1, 5 * minute, hour, 3 * day]) {
      assert.equal(timeLeft(new Date(now.getTime() - ms), now), 'less than a minute', `${ms} ms ago`)
    }
  })

  test('from now on when no other moment is given', () => {
    assert.equal(timeLeft(new Date(Date.now() + day + hour + 30 * minute)), '1 day 1 hour')
  })
})
