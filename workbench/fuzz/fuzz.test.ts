/**
 * npm run fuzz: 5,000 random requests to every route. It prints its seed: FUZZ_SEED=123 npm run fuzz repeats a run,
 * FUZZ_MINUTES=10 npm run fuzz runs longer.
 */
import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { maxHeaderSize } from 'node:http'
import { test } from 'node:test'
import fc from 'fast-check'
import { registerByAddress, signInByAddress } from '../support/app.ts'
import { routesOf, Visitor } from '../support/testing.ts'
import { cases } from './properties.ts'
import { type Answer, asCurl, type Case, client, type Ready, ready } from './request.ts'
import { createWorld } from './world.ts'

const minutes = Number(process.env.FUZZ_MINUTES ?? 0)
const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31))
const count = 5_000

const expected = [...[200, 303, 400, 401, 403, 404], 410, ...[413, 415, 422, 429]]

const world = await createWorld()
const { app, words } = world
const send = client(app.server)
const prototype = ownOf(Object.prototype)
const statuses = new Map<number, number>()
const writes = ['insert', 'update', 'delete']
const unlucky = '192.0.2.1'
const tries = app.database.client.db().collection('limits')
let usedUp: { [field: string]: unknown }[] = []
let sent = 0
let slowestMs = 0

test(`${minutes ? `${minutes} minutes of` : count} random requests neither break the app nor bypass its rules`, async () => {
  await useUpTries()
  console.log(`Fuzzing with seed ${seed}`)
  const property = fc.asyncProperty(cases(routesOf(app.server), world.fields), check)
  const details = await fc.check(property, {
    seed,
    numRuns: minutes ? Number.MAX_SAFE_INTEGER : count,
    ...(minutes && { interruptAfterTimeLimit: minutes * 60_000 }),
  })
  const tally = [...statuses].sort(([a], [b]) => a - b).map(([status, times]) => `${times} × ${status}`)
  console.log(`Seed ${seed}: ${sent} requests, slowest ${slowestMs} ms. Responses: ${tally.join(', ')}`)
  const [found] = details.counterexample ?? []
  if (found && details.failed) {
    const { errorInstance, numRuns, numShrinks } = details
    const reason = errorInstance instanceof Error ? errorInstance.message : String(errorInstance)
    const where = `Seed ${seed}, request ${numRuns}, simplified ${numShrinks} times`
    assert.fail(`${where}: ${reason}\n${asCurl(ready(found, words, nextAddress()))}`)
  }
  // A status that never occurs means untested code.
  assert.deepEqual([...statuses.keys()].sort(), expected)
})

async function check(one: Case): Promise<void> {
  sent += 1
  // As if the rate limits' windows had ended, because 429s alone would test nothing. Some addresses stay limited.
  if (sent % 10 === 0) {
    await app.forgetTries()
    await tries.insertMany(usedUp)
  }
  app.database.takeCommands()
  const start = performance.now()
  const request = ready(one, words, one.sharedAddress ? unlucky : nextAddress())
  const answer = await send(request)
  slowestMs = Math.max(slowestMs, Math.round(performance.now() - start))
  // Node's own answer, before the app sees the request.
  if (answer.status === 431) return assert.ok(headLength(request) > maxHeaderSize, 'answered 431')
  statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1)
  checkAnswer(answer)
  if (hasWritten(answer)) await world.inspect(one, answer.status)
}

/** A refused request may only count its attempt, which is also a findAndModify. */
function hasWritten({ status }: Answer): boolean {
  const commands = app.database.takeCommands()
  return (
    writes.some((name) => commands.includes(name)) || (status === 303 && commands.includes('findAndModify'))
  )
}

/** One address always has no attempts left. */
async function useUpTries(): Promise<void> {
  const visitor = new Visitor(app.server, unlucky)
  const once = (number: number) => ({
    name: 'Ada',
    email: `ada${number}@example.com`,
    password: 'password1234',
  })
  for (let number = 0; number <= registerByAddress.attempts; number += 1)
    await visitor.submit('/register', once(number))
  for (let number = 0; number <= signInByAddress.attempts; number += 1) await visitor.logIn(once(number))
  // Only what requests count: emails are counted after the response, at any time.
  usedUp = await tries.find({ key: /^(register|signIn)By/ }).toArray()
}

function checkAnswer({ status, headers, body }: Answer): void {
  assert.ok(expected.includes(status), `answered ${status}`)
  const { location = '/' } = headers
  assert.equal(new URL(location, app.config.origin).origin, app.config.origin, `leads to ${location}`)
  assert.equal(headers['x-injected'], undefined, 'a field injected a header')
  assert.ok(!/<svg onload|node_modules|\bat .*\.ts:\d+/.test(body), 'the page leaks internals')
  assert.deepEqual(ownOf(Object.prototype), prototype, 'Object.prototype was changed')
}

/** Characters that count towards Node's maximum, with room for the Host and Connection headers. */
function headLength({ path, headers }: Ready): number {
  return path.length + Object.entries(headers).flat().join('').length + 100
}

function ownOf(object: object): PropertyKey[] {
  return Reflect.ownKeys(object)
}

function nextAddress(): string {
  return `10.${(sent >> 16) & 255}.${(sent >> 8) & 255}.${sent & 255}`
}
