import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLater } from '../../src/later.ts'
import { ownLog } from '../support/own-log.ts'
import { until } from '../support/server-process.ts'

test('an outage logs one line per kind of failure, and one with their counts when it ends', async () => {
  const { log, lines } = await ownLog()
  const later = createLater(log, { maxDelayMs: 0, pausesMs: [0] })
  let attempts = 0
  let isDown = true
  later.handle('report', async () => {
    attempts += 1
    if (isDown) throw new Error('down')
  })
  for (let count = 0; count < 1_200; count += 1) later.add('report', {})
  await until('all that was taken on has been given up', () => attempts === 2_000)
  isDown = false
  later.add('report', {})
  await until('the log says it is over', () => lines().some(({ msg }) => msg === 'Work succeeds again'))
  assert.deepEqual(
    lines().map(({ work, msg, times }) => [work, msg, times]),
    [
      ['report', 'Queue full: dropping new work', undefined],
      ['report', 'Work failed; retrying', undefined],
      ['report', 'Gave up on work', undefined],
      [
        'report',
        'Work succeeds again',
        { 'Queue full: dropping new work': 200, 'Work failed; retrying': 1_000, 'Gave up on work': 1_000 },
      ],
    ],
  )
})

test('stopping does waiting work immediately, including work it adds', async () => {
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

test('stopping logs how much work failed', async () => {
  const { log, lines } = await ownLog()
  const later = createLater(log)
  later.handle('report', () => Promise.reject(new Error('down')))
  for (let count = 0; count < 3; count += 1) later.add('report', {})
  await later.close()
  assert.deepEqual(
    lines().map(({ msg, times }) => [msg, times]),
    [
      ['Gave up on work', undefined],
      ['Stopping while work fails', { 'Gave up on work': 3 }],
    ],
  )
})

test('work that no one handles is a mistake, told at once', async () => {
  const { log } = await ownLog()
  assert.throws(() => createLater(log).add('report', {}), /report/)
})
