import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DeadlineError, databaseDeadlineMs, within } from '../../src/deadline.ts'

const minuteMs = 60_000

describe('work with a deadline', () => {
  test('gives its result when it is done in time', async () => {
    assert.equal(await within(minuteMs, Promise.resolve('done')), 'done')
  })

  test('fails with its own error when it fails in time', async () => {
    const failure = new Error('refused')
    await assert.rejects(within(minuteMs, Promise.reject(failure)), (error) => error === failure)
  })

  test('fails when it never answers, and says how long it was given', async () => {
    await assert.rejects(within(10, new Promise(() => {})), (error) => {
      assert.ok(error instanceof DeadlineError)
      assert.equal(error.name, 'DeadlineError')
      assert.equal(error.message, 'No answer within 10 ms')
      return true
    })
  })

  test('may fail after its deadline without ending the process', async () => {
    let fail: (error: Error) => void = () => {}
    const work = new Promise<never>((_resolve, reject) => {
      fail = reject
    })
    await assert.rejects(within(10, work), DeadlineError)
    // An unhandled rejection here would fail this file.
    fail(new Error('too late'))
    await new Promise((resolve) => setImmediate(resolve))
  })

  test('leaves no timer running once it is done', async () => {
    const before = timers()
    await within(minuteMs, Promise.resolve())
    await assert.rejects(within(minuteMs, Promise.reject(new Error('refused'))))
    assert.equal(timers(), before)
  })
})

test('a page that waits for MongoDB can still answer within three seconds', () => {
  assert.ok(databaseDeadlineMs < 3000)
})

function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
}
