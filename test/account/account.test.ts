import assert from 'node:assert/strict'
import { test } from 'node:test'
import { model, Schema } from 'mongoose'
import { replacePassword } from '../../src/auth/user.ts'
import { belongsToUser } from '../../src/database.ts'
import type { Feature } from '../../src/feature.ts'
import { account } from '../../src/features/account/index.ts'
import { startTestApp } from '../support/app.ts'
import { privatePage } from '../support/home.ts'
import { forgetConfirmation, idIn, newMember, privatePageWith, storedIdOf } from '../support/member.ts'
import { locationOf, sessionCookieOf, sessionPairOf, type Visitor } from '../support/visitor.ts'

declare module '../../src/auth/user.ts' {
  interface UserFields {
    motto?: string
    recoveryCode?: string
  }
}

const stamp = new Schema({ motif: String, code: { type: String, select: false } })
const postcards = new Schema({
  userId: String,
  text: String,
  pin: { type: String, select: false },
  stamps: [stamp],
})
belongsToUser(postcards, 'userId')
const Postcard = model('Postcard', postcards)
const Parcel = Postcard.discriminator('Parcel', new Schema({ grams: Number }))

const files: Feature = {
  name: 'files',
  userFields: { motto: String, recoveryCode: { type: String, select: false } },
  install({ hooks }) {
    hooks.belongings.push({ remove: async () => {}, export: async (userId) => ({ files: [`of ${userId}`] }) })
  },
}
/** As if the owner had reset the password after this request's session was read and before its change. */
const resetMeanwhile: Feature = {
  name: 'reset-meanwhile',
  install({ hooks }) {
    hooks.privateGates.use(async (req, _res, next) => {
      if (req.user && req.get('X-Reset-Meanwhile')) await replacePassword(req.user.id, {}, byReset)
      next()
    })
  },
}
const byReset = 'twelve yellow lanterns'
const app = await startTestApp({}, { features: [account, files, resetMeanwhile] })
const next = 'eleven purple kettles'

test('a new name is stored and shown, without extra spaces', async () => {
  const visitor = app.visitor()
  await visitor.register()
  assert.match((await visitor.get('/account/name')).text, /value="Person \d+"/)
  assert.equal(locationOf(await visitor.submit('/account/name', { name: ' Ada  King ' })), '/account')
  assert.match((await visitor.get('/account')).text, /Your name is now Ada King\./)
  assert.match((await visitor.get('/account')).text, /<p>Ada King<\/p>/)
})

test('the entry of the menu is marked on the pages below it', async () => {
  const visitor = app.visitor()
  await visitor.register()
  for (const path of ['/account', '/account/name'])
    assert.match((await visitor.get(path)).text, /href="\/account" aria-current="page"/)
})

test('an empty name is refused with the reason, and the old name stays', async () => {
  const visitor = app.visitor()
  const { name } = await visitor.register()
  const answer = await visitor.submit('/account/name', { name: '  ' })
  assert.equal(answer.status, 422)
  assert.match(answer.text, /id="name-error"[^>]*>Enter your name\./)
  assert.ok((await visitor.get('/account')).text.includes(name))
})

test('changing the password ends all other sessions and gives this one a new ID (ASVS 7.4.3)', async () => {
  const { visitor: here, person, cookie } = await newMember(app)
  const there = app.visitor()
  await there.logIn(person)
  const answer = await changePassword(here, next)
  assert.equal(locationOf(answer), '/account')
  assert.notEqual(idIn(sessionPairOf(answer)), idIn(cookie))
  assert.match((await here.get('/account')).text, /Your password has been changed/)
  assert.match(locationOf(await there.get(privatePage)), /^\/login/)
  assert.match(locationOf(await privatePageWith(cookie, app)), /^\/login/)
  assert.equal((await sessionsOf(person.email)).length, 1)

  assert.equal((await app.visitor().logIn(person)).status, 401)
  assert.equal((await app.visitor().logIn({ ...person, password: next })).status, 303)
})

test('a sign-in with the old password that finishes after the change signs no one in', async () => {
  const here = app.visitor()
  const person = await here.register()
  const slow = app.visitor()
  const _id = storedIdOf(sessionPairOf(await slow.logIn(person)))
  const session = await app.sessions.findOne({ _id })
  assert.ok(session)
  await changePassword(here, next)
  await app.sessions.insertOne(session)
  assert.match(locationOf(await slow.get(privatePage)), /^\/login/)
})

test('a session that ends with the browser still does after a password change', async () => {
  const visitor = app.visitor()
  const { email, password } = await app.visitor().register()
  await visitor.submit('/login', { email, password })
  const cookie = sessionCookieOf(await changePassword(visitor, next))
  assert.match(cookie, /^sid=s%3A/)
  assert.doesNotMatch(cookie, /Expires|Max-Age/)
})

test('an incorrect current password is refused, and nothing changes (ASVS 6.2.3, 7.5.1)', async () => {
  const visitor = app.visitor()
  const person = await visitor.register()
  await forgetConfirmation(app, person)
  const before = await app.users.findOne({ email: person.email })
  assert.equal(locationOf(await visitor.get('/account/password')), '/confirm?returnTo=%2Faccount%2Fpassword')
  const refused = await visitor.submit('/account/password', { 'new-password': next })
  assert.equal(refused.status, 401)
  assert.ok(!refused.text.includes(next))
  const answer = await visitor.submit('/confirm', { password: 'not the password' })
  assert.equal(answer.status, 401)
  assert.match(answer.text, /id="password-error"[^>]*>Incorrect password\./)
  assert.ok(!answer.text.includes('not the password'))
  assert.equal((await visitor.submit('/account/password', { 'new-password': next })).status, 401)
  assert.deepEqual(await app.users.findOne({ email: person.email }), before)
})

test('a new password follows the same rules as at registration (ASVS 6.3.4)', async () => {
  const visitor = app.visitor()
  const { email, password } = await visitor.register()
  for (const [poor, reason] of [
    ['elevenchars', /at least 12 characters/],
    ['passwordpassword', /too common/],
    [email, /too similar to your email address/],
  ] as const) {
    const answer = await changePassword(visitor, poor)
    assert.equal(answer.status, 422)
    assert.match(answer.text, reason)
    assert.match(answer.text, /aria-describedby="new-password-hint new-password-error"/)
  }
  assert.equal((await app.visitor().logIn({ email, password })).status, 303)
})

test('exactly one of ten simultaneous password changes succeeds', async () => {
  const visitor = app.visitor()
  await visitor.register()
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => changePassword(visitor, `${next} ${index}`)),
  )
  assert.equal(answers.filter((answer) => locationOf(answer) === '/account').length, 1)
  assert.ok(answers.every(({ status }) => status === 303 || status === 403))
})

test('deleting an account ends all its sessions and frees its email address (ASVS 7.4.2)', async () => {
  const [here, there] = [app.visitor(), app.visitor()]
  const person = await here.register()
  await there.logIn(person)
  const userId = String((await app.users.findOne({ email: person.email }))?._id)

  assert.equal(locationOf(await here.submit('/account/delete', { delete: 'account' })), '/')
  assert.match((await here.get('/')).text, /Your account has been deleted/)
  assert.equal(await app.users.countDocuments({ email: person.email }), 0)
  assert.equal(await app.sessions.countDocuments({ 'session.passport.user': userId }), 0)
  for (const visitor of [here, there]) {
    assert.match(locationOf(await visitor.get(privatePage)), /^\/login/)
  }
  assert.equal((await app.visitor().logIn(person)).status, 401)
  await app.visitor().register(person)
})

test("an account can't be deleted without its password (ASVS 7.5.1)", async () => {
  const visitor = app.visitor()
  const person = await visitor.register()
  await forgetConfirmation(app, person)
  for (const password of ['', 'not the password'])
    assert.notEqual(
      (await visitor.submit('/confirm', { password, returnTo: '/account/delete', again: 'on' })).status,
      307,
    )
  assert.equal((await visitor.submit('/account/delete', { delete: 'account' })).status, 401)
  assert.equal((await visitor.get('/account')).status, 200)
})

test('a request that is overtaken by a password reset neither deletes the account nor changes the password', async () => {
  for (const [path, fields] of [
    ['/account/delete', { delete: 'account' }],
    ['/account/password', { 'new-password': next }],
  ] as const) {
    const visitor = app.visitor()
    const { email } = await visitor.register()
    assert.equal((await visitor.submit(path, fields).set('X-Reset-Meanwhile', 'yes')).status, 403, path)
    assert.equal((await app.visitor().logIn({ email, password: byReset })).status, 303, path)
  }
})

test('the download contains only the user and their sessions, and no hash or secret', async () => {
  const { visitor, person, cookie, sessionId } = await newMember(app)
  await app.visitor().register()
  assert.match((await visitor.get('/account/data')).text, /href="\/account\/data.json"/)
  const answer = await visitor.get('/account/data.json')
  assert.match(String(answer.headers['content-disposition']), /attachment; filename="?my-data.json/)
  assert.match(String(answer.headers['content-type']), /^application\/json/)
  const data = JSON.parse(answer.text)
  assert.equal(data.email, person.email)
  assert.equal(data.sessions.length, 1)
  assert.ok(data.sessions[0].session.signedInAt)
  assert.equal(data.files.length, 1, 'what no model declares')
  for (const secret of ['argon2', 'passwordHash', idIn(cookie), sessionId])
    assert.ok(!answer.text.includes(secret), secret)
})

test("the download follows the schemas: it includes features' fields, but no secrets and no fields outside the schemas", async () => {
  const { visitor, person } = await newMember(app)
  const set = { motto: 'Onwards', recoveryCode: 'a secret of theirs', leftBehind: 'by a removed feature' }
  const user = await app.users.findOneAndUpdate({ email: person.email }, { $set: set })
  const userId = String(user?._id)
  await Postcard.insertMany(
    Array.from({ length: 300 }, (_, index) => ({
      userId,
      text: `Card "${index}"\n`,
      pin: 'a secret of theirs',
    })),
  )
  await Parcel.create({ userId, grams: 900, stamps: [{ motif: 'A lighthouse', code: 'a secret of theirs' }] })
  await Postcard.create({ userId: 'someone else', text: 'not theirs' })
  const { text } = await visitor.get('/account/data.json')
  const data = JSON.parse(text)
  assert.deepEqual([data.name, data.motto], [person.name, 'Onwards'])
  const { grams, stamps } = data.postcards.pop()
  assert.deepEqual([grams, stamps[0].motif], [900, 'A lighthouse'])
  assert.deepEqual(
    data.postcards.map((card: { text: string }) => card.text),
    Array.from({ length: 300 }, (_, index) => `Card "${index}"\n`),
  )
  for (const secret of ['a secret', 'by a removed feature', 'not theirs'])
    assert.ok(!text.includes(secret), secret)
})

test('the download asks "is it you?" first', async () => {
  const visitor = app.visitor()
  await forgetConfirmation(app, await visitor.register())
  for (const path of ['/account/data', '/account/data.json'])
    assert.match(locationOf(await visitor.get(path)), /^\/confirm\?returnTo=%2Faccount%2Fdata/)
})

function changePassword(visitor: Visitor, chosen: string) {
  return visitor.submit('/account/password', { 'new-password': chosen })
}

async function sessionsOf(email: string) {
  const user = await app.users.findOne({ email })
  return await app.sessions.find({ 'session.passport.user': String(user?._id) }).toArray()
}

test('password managers find the form to change a password (https://w3c.github.io/webappsec-change-password-url/)', async () => {
  const visitor = app.visitor()
  await visitor.register()
  assert.equal(locationOf(await visitor.get('/.well-known/change-password')), '/account/password')
  const guest = app.visitor()
  assert.equal(locationOf(await guest.get('/.well-known/change-password')), '/account/password')
})
