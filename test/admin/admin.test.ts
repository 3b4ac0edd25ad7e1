import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Router } from 'express'
import { deleteUser } from '../../src/auth/accounts.ts'
import { signedInOnly } from '../../src/auth/passport.ts'
import { ExpectedError } from '../../src/errors.ts'
import type { Feature } from '../../src/feature.ts'
import { disable, enable, endSessions, makeAdmin, makeMember } from '../../src/features/admin/changes.ts'
import { adminCommand } from '../../src/features/admin/command.ts'
import { admin } from '../../src/features/admin/index.ts'
import { startTestApp } from '../support/app.ts'
import { home, privatePage } from '../support/home.ts'
import { forgetConfirmation } from '../support/member.ts'
import { ownLog } from '../support/own-log.ts'
import { locationOf, newPerson } from '../support/visitor.ts'
import { newAdmin, newMemberWithId, type Somebody } from './support.ts'

const { log, lines } = await ownLog()
const told: string[] = []
/** Listens, and has a route for scripts. */
const listener: Feature = {
  name: 'listener',
  install({ on, use }) {
    on('disabled', ({ user, req }) => void told.push(`${user.email} disabled by ${req.user?.email}`))
    on('enabled', ({ user, req }) => void told.push(`${user.email} enabled by ${req.user?.email}`))
    use.open(Router().get('/api/me', signedInOnly, ({ user }, res) => void res.json({ name: user?.name })))
  },
}
const app = await startTestApp({}, { log, features: [admin, listener] })
const disabledText = 'This account has been disabled.'

async function activeAdmins(): Promise<number> {
  return await app.users.countDocuments({ role: 'admin', disabledAt: { $exists: false } })
}

test("for members the admin pages and forms don't exist, and nothing links to them (ASVS 8.2.1)", async () => {
  const [member, other] = [await newMemberWithId(app), await newMemberWithId(app)]
  await member.visitor.get(home) // Shows its greeting.
  const never = await member.visitor.get('/nowhere')
  for (const path of ['/admin/people', other.page, '/admin/people/nobody']) {
    const { status, text } = await member.visitor.get(path)
    assert.deepEqual([status, text], [404, never.text], path)
  }
  for (const act of ['disable', 'enable', 'make-admin', 'make-member', 'end-sessions'])
    assert.equal((await member.visitor.submit(`${other.page}/${act}`)).status, 404, act)
  assert.ok(await other.visitor.isSignedIn())
  assert.doesNotMatch((await member.visitor.get(home)).text, /\/admin/)
  assert.equal((await member.visitor.get('/admin/people').set('Accept', 'application/json')).status, 404)
})

test('no form field makes anyone an admin (ASVS 8.2.3)', async () => {
  const visitor = app.visitor()
  const person = newPerson()
  const form = await visitor.filledIn('/register', { ...person })
  await visitor.submit('/register', { ...form, role: 'admin', disabledAt: '' })
  assert.equal((await visitor.get('/admin/people')).status, 404)
  assert.equal((await app.users.findOne({ email: person.email }))?.role, undefined)
})

test('an operator makes the first admin, who has an entry in the menu from then on', async () => {
  const { visitor, person } = await newMemberWithId(app)
  const printed: string[] = []
  await adminCommand.run([person.email.toUpperCase()], (line) => printed.push(line))
  assert.deepEqual(printed, [`${person.email} is now an admin.`])
  assert.match((await visitor.get(home)).text, /<a href="\/admin\/people">People<\/a>/)
  assert.equal((await visitor.get('/admin/people')).status, 200)
})

test('an operator who names no user, or an unknown one, changes nothing', async () => {
  const { email } = newPerson()
  await assert.rejects(
    adminCommand.run([email], () => {}),
    {
      message: `No user has the email address ${email}.`,
    },
  )
  for (const args of [[], ['', ''], [email, email]])
    await assert.rejects(
      adminCommand.run(args, () => {}),
      (error) => error instanceof ExpectedError && error.message === adminCommand.usage,
    )
})

test('a disabled user is signed out everywhere immediately: open tabs, scripts and the sign-in form refuse them', async () => {
  const [boss, person] = [await newAdmin(app), await newMemberWithId(app)]
  const other = app.visitor()
  await other.logIn(person.person)
  assert.equal(locationOf(await boss.visitor.submit(`${person.page}/disable`)), person.page)
  assert.match((await boss.visitor.get(person.page)).text, /Person \d+ has been disabled\./)

  for (const visitor of [person.visitor, other]) {
    assert.equal((await visitor.get('/api/me').set('Accept', 'application/json')).status, 401)
    assert.match(locationOf(await visitor.get(privatePage)), /^\/login/)
    assert.match(locationOf(await visitor.submit('/logout')), /^\/$/)
  }
  const refused = await app.visitor().logIn(person.person)
  assert.equal(refused.status, 401)
  assert.match(refused.text, new RegExp(disabledText))
  const asJson = await app.visitor().logIn(person.person).set('Accept', 'application/json')
  assert.deepEqual(
    [asJson.status, asJson.headers['content-type']],
    [401, 'application/problem+json; charset=utf-8'],
  )
  assert.equal(await app.sessions.countDocuments({ 'session.passport.user': person.id }), 0)
})

test('only the correct password reveals that the account is disabled (ASVS 6.3.8)', async () => {
  const [boss, person] = [await newAdmin(app), await newMemberWithId(app)]
  const wrong = { ...person.person, password: 'not the password' }
  const before = await app.visitor().logIn(wrong)
  await boss.visitor.submit(`${person.page}/disable`)
  const after = await app.visitor().logIn(wrong)
  assert.deepEqual([after.status, after.text], [before.status, before.text])
  assert.doesNotMatch(after.text, new RegExp(disabledText))
})

test("a user who is disabled while signing in doesn't get in, even if the new session was already stored", async () => {
  const [boss, person] = [await newAdmin(app), await newMemberWithId(app)]
  const visitors = Array.from({ length: 4 }, () => app.visitor())
  await Promise.all([
    ...visitors.map(async (visitor) => await visitor.logIn(person.person)),
    boss.visitor.submit(`${person.page}/disable`),
  ])
  for (const visitor of [person.visitor, ...visitors]) assert.ok(!(await visitor.isSignedIn()))
})

test('a user who is enabled again signs in with the same password and finds all their data', async () => {
  const [boss, person] = [await newAdmin(app), await newMemberWithId(app)]
  const before = await app.users.findOne({ email: person.person.email })
  await boss.visitor.submit(`${person.page}/disable`)
  await boss.visitor.submit(`${person.page}/enable`)
  const after = await app.users.findOne({ email: person.person.email })
  // A new epoch ends what was sent and in flight.
  assert.deepEqual({ ...after, epoch: 0, updatedAt: 0 }, { ...before, epoch: 0, updatedAt: 0 })
  assert.equal(locationOf(await person.visitor.logIn(person.person)), home)
  assert.match((await person.visitor.get(home)).text, new RegExp(person.person.name))
})

test('other features are notified once of each user who is disabled or enabled, and by whom', async () => {
  const [boss, person] = [await newAdmin(app), await newMemberWithId(app)]
  told.length = 0
  for (const act of ['disable', 'disable', 'enable', 'enable'])
    await boss.visitor.submit(`${person.page}/${act}`)
  const [who, by] = [person.person.email, boss.person.email]
  assert.deepEqual(told, [`${who} disabled by ${by}`, `${who} enabled by ${by}`])
  assert.match((await boss.visitor.get(person.page)).text, /There was nothing to change\./)
})

test('every admin action is a security event that names both users (ASVS 16.2.1)', async () => {
  const [boss, person] = [await newAdmin(app), await newMemberWithId(app)]
  const before = lines().length
  for (const act of ['end-sessions', 'make-admin', 'make-member', 'disable', 'enable'])
    await boss.visitor.submit(`${person.page}/${act}`)
  const events = lines()
    .slice(before)
    .filter(({ event }) => /^person\./.test(String(event)))
  assert.deepEqual(
    events.map(({ event, userId, personId }) => [event, userId, personId]),
    ['signed-out', 'promoted', 'demoted', 'disabled', 'enabled'].map((name) => [
      `person.${name}`,
      boss.id,
      person.id,
    ]),
  )
})

test('every admin action asks "is it you?" first, unless the admin has just confirmed (ASVS 7.5.1)', async () => {
  const [boss, person] = [await newAdmin(app), await newMemberWithId(app)]
  await forgetConfirmation(app, boss.person)
  for (const act of ['disable', 'enable', 'make-admin', 'make-member', 'end-sessions']) {
    const { status, text } = await boss.visitor.submit(`${person.page}/${act}`)
    assert.equal(status, 401, act)
    assert.match(text, /Confirm that it&#39;s you/)
  }
  assert.ok(await person.visitor.isSignedIn())
  const again = {
    way: 'password',
    returnTo: `${person.page}/disable`,
    again: 'on',
    password: boss.person.password,
  }
  const confirmed = await boss.visitor.submit('/confirm', again)
  assert.deepEqual([confirmed.status, locationOf(confirmed)], [307, `${person.page}/disable`])
  await boss.visitor.submit(`${person.page}/disable`)
  assert.ok(!(await person.visitor.isSignedIn()))
})

test("ending a user's sessions signs them out everywhere, and they can sign in again", async () => {
  const [boss, person] = [await newAdmin(app), await newMemberWithId(app)]
  await app.visitor().logIn(person.person)
  assert.match((await boss.visitor.get(person.page)).text, /<dt>Sessions<\/dt><dd>2</)
  await boss.visitor.submit(`${person.page}/end-sessions`)
  const { text } = await boss.visitor.get(person.page)
  assert.match(text, /has been signed out everywhere\./)
  assert.match(text, /No active session/)
  assert.ok(!(await person.visitor.isSignedIn()))
  assert.equal(locationOf(await person.visitor.logIn(person.person)), home)
})

test('an admin can make a user an admin, and a member again', async () => {
  const [boss, person] = [await newAdmin(app), await newMemberWithId(app)]
  await boss.visitor.submit(`${person.page}/make-admin`)
  assert.equal((await person.visitor.get('/admin/people')).status, 200)
  await boss.visitor.submit(`${person.page}/make-member`)
  assert.equal((await person.visitor.get('/admin/people')).status, 404)
})

test('an admin who was disabled and enabled again is only a member', async () => {
  const [boss, person] = [await newAdmin(app), await newAdmin(app)]
  await boss.visitor.submit(`${person.page}/disable`)
  assert.match(
    (await boss.visitor.get(person.page)).text,
    /Once you enable the account, they'll be a member, not an admin\./,
  )
  await boss.visitor.submit(`${person.page}/enable`)
  await person.visitor.logIn(person.person)
  assert.equal((await person.visitor.submit(`${boss.page}/disable`)).status, 404)
  await boss.visitor.submit(`${person.page}/make-admin`)
  await person.visitor.submit(`${boss.page}/disable`)
  assert.ok(!(await boss.visitor.isSignedIn()))
})

test('no admin can do any of this to themselves, not even the last one', async () => {
  const boss = await newAdmin(app)
  for (const act of ['disable', 'enable', 'make-admin', 'make-member', 'end-sessions']) {
    const { status, text } = await boss.visitor.submit(`${boss.page}/${act}`)
    assert.deepEqual([act, status], [act, 403])
    assert.match(text, /do this to your own account/)
  }
  assert.equal((await boss.visitor.get('/admin/people')).status, 200)
  const { text } = await boss.visitor.get(boss.page)
  assert.match(text, /This is you\./)
  assert.doesNotMatch(text, /action="\/admin/)
})

for (const act of ['disable', 'make-member'])
  test(`when the last two admins ${act} each other 20 times simultaneously, one admin is left`, async () => {
    await app.users.updateMany({}, { $unset: { role: 1 } })
    await app.database.client.db().collection('admins').deleteMany({})
    const two: [Somebody, Somebody] = [await newAdmin(app), await newAdmin(app)]
    const [one, other] = two
    const tries = Array.from({ length: 20 }, async (_, index) => {
      const [actor, target] = index % 2 ? [one, other] : [other, one]
      return (await actor.visitor.submit(`${target.page}/${act}`)).status
    })
    const statuses = await Promise.all(tries)
    assert.equal(await activeAdmins(), 1, String(statuses))
    assert.ok(
      statuses.every((status) => [303, 403, 404].includes(status)),
      String(statuses),
    )
    const left = await app.users.findOne({ role: 'admin', disabledAt: { $exists: false } })
    const [admins] = await app.database.client.db().collection('admins').find().toArray()
    assert.deepEqual(admins?.ids, [String(left?._id)])
  })

for (const [act, back] of [
  ['disable', 'enable'],
  ['make-member', 'make-admin'],
] as const)
  test(`an admin to whom another does ${act} can't undo it by 12 requests of ${back} in flight, in 10 rounds`, async () => {
    for (let round = 1; round <= 10; round += 1) {
      const [boss, bad] = [await newAdmin(app), await newAdmin(app)]
      const undo = () => Array.from({ length: 6 }, () => bad.visitor.submit(`${bad.page}/${back}`))
      await Promise.all([...undo(), boss.visitor.submit(`${bad.page}/${act}`), ...undo()])
      const user = await app.users.findOne({ email: bad.person.email })
      assert.ok(act === 'disable' ? user?.disabledAt : user?.role !== 'admin', `round ${round}`)
    }
  })

test('requests of an admin that are in flight when they are disabled or demoted change nothing', async () => {
  for (const act of ['disable', 'make-member']) {
    const [boss, bad] = [await newAdmin(app), await newAdmin(app)]
    const [member, other, locked] = [
      await newMemberWithId(app),
      await newAdmin(app),
      await newMemberWithId(app),
    ]
    await boss.visitor.submit(`${locked.page}/disable`)
    await boss.visitor.submit(`${bad.page}/${act}`)
    const before = await app.users.find().toArray()
    // Past every gate.
    for (const change of [disable, enable, makeAdmin, makeMember, endSessions])
      for (const { id } of [member, other, locked]) await assert.rejects(change(id, bad.id), { status: 403 })
    assert.deepEqual(await app.users.find().toArray(), before)
    assert.ok(await member.visitor.isSignedIn())
  }
})

test("deleting an admin's account removes them from the list of admins", async () => {
  const boss = await newAdmin(app)
  await deleteUser(boss.id, {}, app.core.hooks)
  const [admins] = await app.database.client.db().collection('admins').find().toArray()
  assert.ok(!admins?.ids.includes(boss.id))
})

test('an operator enables a disabled admin again', async () => {
  const [boss, person] = [await newAdmin(app), await newMemberWithId(app)]
  await boss.visitor.submit(`${person.page}/disable`)
  await adminCommand.run([person.person.email], () => {})
  await person.visitor.logIn(person.person)
  assert.equal((await person.visitor.get('/admin/people')).status, 200)
})

for (const id of ['%00', '$ne', '[object Object]', 'f'.repeat(24), 'f'.repeat(12), '__proto__'])
  test(`an unknown user ID gets 404 and changes nothing: ${id}`, async () => {
    const { visitor } = await newAdmin(app)
    assert.equal((await visitor.get(`/admin/people/${encodeURI(id)}`)).status, 404)
    assert.equal((await visitor.submit(`/admin/people/${encodeURI(id)}/disable`)).status, 404)
  })
