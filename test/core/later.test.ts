import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLater } from '../../src/later.ts'
import { ownLog } from '../support/own-log.ts'
import { until } from '../support/server-process.ts'

test("work that keeps failing is given up, and work beyond the queue's limit is dropped; both are logged", async () => {
  const { log, lines } = await ownLog()
  const later = createLater(log, { maxDelayMs: 0, pausesMs: [0] })
  const said = (words: string) => lines().filter(({ work, msg }) => work === 'report' && msg === words).length
  later.handle('report', () => Promise.reject(new Error('down')))
  for (let count = 0; count < 1_200; count += 1) later.add('report', {})
  await until('all that was taken on has been given up', () => said('Work failed; giving up') === 1_000)
  assert.equal(said('Work failed; retrying'), 1_000)
  assert.equal(said('Queue full: dropping new work'), 200)
})

test('stopping runs waiting work immediately, including work that this adds', async () => {
  const { log, lines } = await ownLog()
  const later = createLater(log, { maxDelayMs: 600_000 })
  const done: string[] = []
  later.handle('first', async () => {
    await new Promise(setImmediate)
    later.add('second', {})
    done.push('first')
  })
  later.handle('second', async () => void done.push('second'))
  later.add('first', {})
  await later.close()
  assert.deepEqual([done, lines()], [['first', 'second'], []])
})

test('stopping retries failing work once, and logs it', async () => {
  const { log, lines } = await ownLog()
  const later = createLater(log)
  later.handle('report', () => Promise.reject(new Error('down')))
  for (let count = 0; count < 3; count += 1) later.add('report', {})
  await later.close()
  assert.deepEqual(
    lines().map(({ msg }) => msg),
    Array(3).fill('Work failed; giving up'),
  )
})

test('work without a handler throws immediately', async () => {
  const { log } = await ownLog()
  assert.throws(() => createLater(log).add('report', {}), /report/)
})
