import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { privatePage } from '../support/home.ts'
import { cookiesOf, locationOf, type Visitor } from '../support/visitor.ts'

const app = await startTestApp()
const next = 'eleven purple kettles'

test('a new name is kept and greets the person', async () => {
  const visitor = app.visitor()
  await visitor.register()
  assert.match((await visitor.get('/account/name')).text, /value="Person \d+"/)
  assert.equal(locationOf(await visitor.submit('/account/name', { name: ' Ada  King ' })), '/account')
  assert.match((await visitor.get('/account')).text, /From now on you are Ada King\./)
  assert.match((await visitor.get('/account')).text, /Ada King/)
})

test('a name that is none comes back with the reason, and the old one stays', async () => {
  const visitor = app.visitor()
  const { name } = await visitor.register()
  const answer = await visitor.submit('/account/name', { name: '  ' })
  assert.equal(answer.status, 422)
  assert.match(answer.text, /id="name-error"[^>]*>Type your name\./)
  assert.ok((await visitor.get('/account')).text.includes(name))
})

test('a new password ends every other session and gives this one a new id (ASVS 7.4.3)', async () => {
  const [here, there] = [app.visitor(), app.visitor()]
  const person = await here.register()
  await there.logIn(person)
  const [before = ''] = cookiesOf(await here.get(privatePage))

  const answer = await changePassword(here, person.password, next)
  assert.equal(locationOf(answer), '/account')
  const [after = ''] = cookiesOf(answer)
  assert.notEqual(idIn(after), idIn(before))
  assert.match((await here.get('/account')).text, /Your password is changed/)
  assert.match(locationOf(await there.get(privatePage)), /^\/login/)
  const withOldId = await app
    .visitor()
    .get(privatePage)
    .set('Cookie', before.split(';', 1)[0] ?? '')
  assert.match(locationOf(withOldId), /^\/login/)
  assert.equal((await sessionsOf(person.email)).length, 1)

  assert.equal((await app.visitor().logIn(person)).status, 401)
  assert.equal((await app.visitor().logIn({ ...person, password: next })).status, 303)
})

test('a sign-in with the old password that is still under way when the password changes opens nothing', async () => {
  const here = app.visitor()
  const person = await here.register()
  const slow = app.visitor()
  await slow.logIn(person)
  const [session] = (await sessionsOf(person.email)).filter(({ session }) => session.flash)
  await changePassword(here, person.password, next)
  assert.ok(session)
  await app.sessions.insertOne(session)
  assert.match(locationOf(await slow.get(privatePage)), /^\/login/)
})

test('whoever chose not to be kept signed in is not kept after a new password', async () => {
  const visitor = app.visitor()
  const { email, password } = await app.visitor().register()
  await visitor.submit('/login', { email, password })
  const [cookie] = cookiesOf(await changePassword(visitor, password, next))
  assert.doesNotMatch(cookie ?? '', /Expires|Max-Age/)
})

test('a wrong current password is refused, and nothing changes (ASVS 6.2.3, 7.5.1)', async () => {
  const visitor = app.visitor()
  const person = await visitor.register()
  const before = await app.users.findOne({ email: person.email })
  const answer = await changePassword(visitor, 'not the password', next)
  assert.equal(answer.status, 401)
  assert.match(answer.text, /id="password-error"[^>]*>This is not your password\./)
  assert.ok(!answer.text.includes(next) && !answer.text.includes('not the password'))
  assert.deepEqual(await app.users.findOne({ email: person.email }), before)
})

test('a new password has the same rules as that of a registration (ASVS 6.3.4)', async () => {
  const visitor = app.visitor()
  const { email, password } = await visitor.register()
  for (const [poor, reason] of [
    ['elevenchars', /at least 12 characters/],
    ['passwordpassword', /every list that attackers try/],
    [email, /too close to your email address/],
  ] as const) {
    const answer = await changePassword(visitor, password, poor)
    assert.equal(answer.status, 422)
    assert.match(answer.text, reason)
    assert.match(answer.text, /aria-describedby="new-password-hint new-password-error"/)
  }
  assert.equal((await app.visitor().logIn({ email, password })).status, 303)
})

test('of ten changes of the password at the same time one succeeds', async () => {
  const visitor = app.visitor()
  const { password } = await visitor.register()
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, index) => changePassword(visitor, password, `${next} ${index}`)),
  )
  assert.equal(answers.filter((answer) => locationOf(answer) === '/account').length, 1)
  assert.ok(answers.every(({ status }) => status === 303 || status === 401))
})

test('a deleted account takes its sessions along, everywhere, and its address is free again (ASVS 7.4.2)', async () => {
  const [here, there] = [app.visitor(), app.visitor()]
  const person = await here.register()
  await there.logIn(person)
  const userId = String((await app.users.findOne({ email: person.email }))?._id)

  assert.equal(locationOf(await here.submit('/account/delete', { password: person.password })), '/')
  assert.match((await here.get('/')).text, /Your account is deleted/)
  assert.equal(await app.users.countDocuments({ email: person.email }), 0)
  assert.equal(await app.sessions.countDocuments({ 'session.passport.user': userId }), 0)
  assert.equal(await app.database.client.db().collection('leftovers').countDocuments(), 0)
  for (const visitor of [here, there]) {
    assert.match(locationOf(await visitor.get(privatePage)), /^\/login/)
  }
  assert.equal((await app.visitor().logIn(person)).status, 401)
  await app.visitor().register(person)
})

test('an account is not deleted with a wrong password, nor without one (ASVS 7.5.1)', async () => {
  const visitor = app.visitor()
  await visitor.register()
  assert.equal((await visitor.submit('/account/delete', { password: 'not the password' })).status, 401)
  assert.equal((await visitor.submit('/account/delete', {})).status, 422)
  assert.equal((await visitor.get('/account')).status, 200)
})

function changePassword(visitor: Visitor, current: string, chosen: string) {
  return visitor.submit('/account/password', { password: current, 'new-password': chosen })
}

async function sessionsOf(email: string) {
  const user = await app.users.findOne({ email })
  return await app.sessions.find({ 'session.passport.user': String(user?._id) }).toArray()
}

function idIn(cookie: string): string {
  return cookie.split('.', 1)[0] ?? ''
}
