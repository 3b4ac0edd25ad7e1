import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Router } from 'express'
import { deleteUser } from '../../src/auth/accounts.ts'
import { User } from '../../src/auth/user.ts'
import type { Feature } from '../../src/feature.ts'
import { redirectWithFlash } from '../../src/sessions/flash.ts'
import { startTestApp } from '../support/app.ts'
import { privatePage } from '../support/home.ts'
import { newMember } from '../support/member.ts'
import { until } from '../support/server-process.ts'
import { locationOf, newPerson, type Visitor } from '../support/visitor.ts'

const held = new Map<string, () => void>()
const pages = Router()
// Requests that have read their session, and respond when the test lets them.
pages.use('/held', async ({ originalUrl }, _res, next) => {
  await new Promise<void>((release) => held.set(originalUrl, release))
  next()
})
pages.get(['/held/say/:what', '/say/:what'], async (req, res) => {
  await redirectWithFlash(req, res, '/', 'info', `Message ${req.params.what}.`)
})
pages.get('/held/page', (req, _res, next) => {
  req.url = '/'
  next()
})

const emailOfLeaver = 'leaver@example.com'
const nextSteps: string[] = []
const asking: Feature = {
  name: 'asking',
  install({ hooks }) {
    hooks.nextStep.push(async (_req, _res, user, { by }) => {
      nextSteps.push(`${by} ${user.email}`)
      // As if the person deleted the account in another browser just now.
      if (user.email === emailOfLeaver) await deleteUser(user.id, {}, hooks)
      return undefined
    })
  },
}
const app = await startTestApp({}, { features: [asking], more: [pages] })

for (const [who, waiting, arrive] of [
  ['a guest', ['hello'], async (visitor: Visitor) => void (await visitor.get('/say/hello'))],
  ['a signed-in user', [], async (visitor: Visitor) => void (await visitor.register())],
] as const) {
  test(`messages that two tabs of ${who} set at the same time are both shown, each once`, async () => {
    const visitor = app.visitor()
    await arrive(visitor)
    await allAtOnce(visitor, '/held/say/one', '/held/say/two')
    assert.deepEqual(messagesOn((await visitor.get('/')).text), [...waiting, 'one', 'two'])
    assert.deepEqual(messagesOn((await visitor.get('/')).text), [])
  })

  for (const order of [
    ['/held/page', '/held/say/late'],
    ['/held/say/late', '/held/page'],
  ])
    test(`a message that one tab of ${who} sets while another shows an earlier one is shown next, and neither twice: ${order}`, async () => {
      const visitor = app.visitor()
      await arrive(visitor)
      await visitor.get('/say/early')
      const shown = (await allAtOnce(visitor, ...order)).flatMap(({ text }) => messagesOn(text))
      assert.ok(shown.includes('early'))
      assert.deepEqual(messagesOn((await visitor.get('/')).text), ['late'])
      assert.deepEqual(messagesOn((await visitor.get('/')).text), [])
    })
}

test('neither HEAD nor a prefetch uses up a message, and a guest keeps the rest of their session', async () => {
  const visitor = app.visitor()
  await visitor.get('/say/hello')
  await app.sessions.updateOne(
    { 'session.flash.info': 'Message hello.' },
    { $set: { 'session.basket': ['pear'] } },
  )
  await visitor.request('HEAD', '/')
  await visitor.request('GET', '/', { headers: { 'Sec-Purpose': 'prefetch' } })
  assert.deepEqual(messagesOn((await visitor.get('/')).text), ['hello'])
  assert.deepEqual(messagesOn((await visitor.get('/')).text), [])
  assert.equal(await app.sessions.countDocuments({ 'session.basket': 'pear' }), 1)
})

test('a sign-in while the account is being deleted fails and leaves no session', async () => {
  const person = { ...newPerson(), email: emailOfLeaver }
  const visitor = app.visitor()
  const answer = await visitor.fillInAndSubmit('/register', person)
  assert.equal(answer.status, 303)
  assert.equal(await app.users.countDocuments({ email: person.email }), 0)
  const owners = (await app.sessions.find({}).toArray()).map(({ session }) => session.passport?.user)
  for (const id of owners.filter((one) => one !== undefined)) assert.ok(await User.findById(id), id)
  assert.equal(await visitor.isSignedIn(), false)
})

test('a registration that is sent twice creates one account and signs in through the usual steps', async () => {
  const visitor = app.visitor()
  const form = await visitor.filledIn('/register', { ...newPerson() })
  await visitor.submit('/register', form)
  nextSteps.splice(0)
  const again = await app.visitor().submit('/register', form)
  assert.equal(locationOf(again), privatePage)
  assert.deepEqual(nextSteps, [`password ${form.email}`])
  assert.equal(await app.users.countDocuments({ email: form.email }), 1)
})

test('registering an existing email address is refused with another password, and after ten minutes', async () => {
  const { person } = await newMember(app)
  const isTaken = /An account with this email address already exists/
  const other = await app
    .visitor()
    .fillInAndSubmit('/register', { ...person, password: 'eleven purple kettles' })
  assert.equal(other.status, 422)
  assert.match(other.text, isTaken)
  const elevenMinutesAgo = new Date(Date.now() - 11 * 60_000)
  await app.users.updateOne({ email: person.email }, { $set: { createdAt: elevenMinutesAgo } })
  const late = await app.visitor().fillInAndSubmit('/register', { ...person })
  assert.equal(late.status, 422)
  assert.match(late.text, isTaken)
})

test("registering doesn't get around the sign-in limits: once they are reached, a correct password gets the same response as an incorrect one", async () => {
  const { person } = await newMember(app)
  const visitor = app.visitor()
  const form = await visitor.filledIn('/register', { ...person })
  const guess = (password: string) => visitor.submit('/register', { ...form, password })
  for (let n = 0; n < 12; n += 1) assert.equal((await guess(`twelve wrong kettles ${n}`)).status, 422)
  assert.equal((await guess(person.password)).status, 422)
})

/** Requests the pages in one browser, and lets them respond one by one once all have read the session. */
async function allAtOnce(visitor: Visitor, ...paths: string[]) {
  const asked = paths.map((path) => visitor.get(path).then((answer) => answer))
  await until('all are held', () => held.size === paths.length)
  const answers = []
  for (const [index, path] of paths.entries()) {
    held.get(path)?.()
    held.delete(path)
    answers.push(await asked[index])
  }
  return answers.filter((answer) => answer !== undefined)
}

function messagesOn(text: string): string[] {
  return [...text.matchAll(/Message (\w+)\./g)].map(([, what = '']) => what).sort()
}
