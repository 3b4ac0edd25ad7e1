import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Router } from 'express'
import { object, string } from 'yup'
import { deleteUser } from '../../src/auth/accounts.ts'
import { confirmedOnly } from '../../src/auth/confirm.ts'
import { currentUser, signedInOnly } from '../../src/auth/passport.ts'
import { replacePassword } from '../../src/auth/user.ts'
import { InvalidFields } from '../../src/errors.ts'
import type { Feature } from '../../src/feature.ts'
import { parseForm } from '../../src/web/forms.ts'
import { startTestApp } from '../support/app.ts'
import { cleanUp } from '../support/clean-up.ts'
import { fillIn, formsOn } from '../support/forms.ts'
import { privatePage } from '../support/home.ts'
import { forgetConfirmation, newMember } from '../support/member.ts'
import { locationOf, type Visitor } from '../support/visitor.ts'

const views = mkdtempSync(join(tmpdir(), 'test-views-'))
cleanUp(() => rmSync(views, { recursive: true, force: true }))
writeFileSync(
  join(views, 'code.ejs'),
  '<input name="code" aria-label="Code"><button>Confirm with a code</button>',
)

const shape = object({ to: string(), note: string() })
const deeds: object[] = []

/** A page, a form and a route for scripts behind the gate, and a second way through it. */
const careful: Feature = {
  name: 'careful',
  install({ use, hooks }) {
    const router = Router()
    router.get('/careful', signedInOnly, confirmedOnly, (_req, res) => void res.send('Careful'))
    router.post('/careful', signedInOnly, confirmedOnly, (req, res) => {
      const form = parseForm(req.body, shape)
      deeds.push({
        by: currentUser(req).email,
        ...(form.ok && form.data),
        sent: Object.keys(req.body).sort(),
      })
      res.redirect(303, '/careful')
    })
    router.post('/careful/leave', signedInOnly, confirmedOnly, async (req, res) => {
      const { id, epoch } = currentUser(req)
      // As if the owner had reset the password between the gate and the change.
      await replacePassword(id, {}, 'eleven purple kettles')
      res.send(String(await deleteUser(id, { epoch }, hooks)))
    })
    use.open(router)
    hooks.confirmWays.push({
      name: 'code',
      view: join(views, 'code'),
      check: async ({ body }) => {
        if (body.code !== '1234') throw new InvalidFields({ code: 'Incorrect code.' })
      },
    })
  },
}
const app = await startTestApp({}, { features: [careful] })

async function unconfirmed() {
  const member = await newMember(app)
  await forgetConfirmation(app, member.person)
  return member
}

test('after registering, or signing in with the password, no confirmation is needed', async () => {
  const { visitor, person } = await newMember(app)
  assert.equal((await visitor.get('/careful')).status, 200)
  const other = app.visitor()
  await other.logIn(person)
  assert.equal((await other.get('/careful')).status, 200)
})

test('a page asks first, and then opens', async () => {
  const { visitor, person } = await unconfirmed()
  const page = locationOf(await visitor.get('/careful?tab=2'))
  assert.equal(page, '/confirm?returnTo=%2Fcareful%3Ftab%3D2')
  const sent = filled((await visitor.get(page)).text, { password: person.password })
  assert.equal(locationOf(await visitor.submit('/confirm', sent)), '/careful?tab=2')
  assert.equal((await visitor.get('/careful')).status, 200)
})

test('a form asks first, and then is sent with the submitted values except passwords', async () => {
  const { visitor, person, sessionId } = await unconfirmed()
  const secret = 'never to be kept'
  const typed = { to: 'ada@example.com', note: '"two" <words>', password: secret, 'new-password': secret }
  const asked = await visitor.submit('/careful', typed)
  assert.equal(asked.status, 401)
  const wrong = await visitor.submit('/confirm', filled(asked.text, { password: 'not the password' }))
  assert.equal(wrong.status, 401)
  const again = await visitor.submit('/confirm', filled(wrong.text, { password: person.password }))
  assert.deepEqual([again.status, locationOf(again)], [307, '/careful'])
  const session = JSON.stringify(await app.sessions.findOne({ _id: sessionId }))
  for (const { text } of [asked, wrong, again, { text: session }])
    assert.doesNotMatch(text, /never to be kept/)
  // As a browser does with 307.
  await visitor.submit('/careful', filled(wrong.text, { password: person.password }))
  const { sent, ...deed } = deeds.at(-1) as { sent: string[] }
  assert.deepEqual(deed, { by: person.email, to: typed.to, note: typed.note })
  assert.deepEqual(sent.toSorted(), ['note', 'to'])
})

test('a confirmation lasts ten minutes, for this session only', async () => {
  const { visitor, person, sessionId } = await unconfirmed()
  const other = app.visitor()
  await other.logIn(person)
  await forgetConfirmation(app, person)
  await confirm(visitor, person.password)
  assert.equal((await visitor.get('/careful')).status, 200)
  assert.match(locationOf(await other.get('/careful')), /^\/confirm/)
  for (const [minutes, status] of [
    [9, 200],
    [10, 303],
  ] as const) {
    const confirmedAt = new Date(Date.now() - minutes * 60_000)
    await app.sessions.updateOne({ _id: sessionId }, { $set: { 'session.confirmedAt': confirmedAt } })
    assert.equal((await visitor.get('/careful')).status, status, `after ${minutes} minutes`)
  }
})

test("a confirmation before a password reset doesn't allow a deletion after it, not even by a request in flight", async () => {
  const { visitor, person } = await newMember(app)
  assert.equal((await visitor.submit('/careful/leave')).text, 'false')
  assert.match(locationOf(await visitor.submit('/careful/leave')), /^\/login/)
  assert.equal(await app.users.countDocuments({ email: person.email, deletedAt: { $exists: false } }), 1)
})

test('a script gets 403 and a guest is sent to sign in', async () => {
  const { visitor } = await unconfirmed()
  const answer = await visitor.get('/careful').set('Accept', 'application/json')
  assert.equal(answer.status, 403)
  assert.match(answer.text, /confirm that it's you/)
  assert.match(locationOf(await app.visitor().get('/confirm')), /^\/login/)
})

test('a feature can add a way to confirm, with the same limit', async () => {
  const { visitor } = await unconfirmed()
  const { text } = await visitor.get('/confirm?returnTo=/careful')
  assert.match(text, /Confirm with a code/)
  const way = { way: 'code', returnTo: '/careful' }
  assert.equal((await visitor.submit('/confirm', { ...way, code: 'x' })).status, 422)
  assert.match(locationOf(await visitor.get('/careful')), /^\/confirm/)
  assert.equal(locationOf(await visitor.submit('/confirm', { ...way, code: '1234' })), '/careful')
  assert.equal((await visitor.get('/careful')).status, 200)
})

test('confirming never leads to another site (ASVS 3.7.2)', async () => {
  const { visitor, person } = await unconfirmed()
  for (const returnTo of ['//evil.example', 'https://evil.example/', '/\\evil.example'])
    assert.equal(locationOf(await confirm(visitor, person.password, returnTo)), privatePage)
})

function confirm(visitor: Visitor, password: string, returnTo = '/careful') {
  return visitor.submit('/confirm', { password, returnTo })
}

function filled(html: string, given: Record<string, string>): Record<string, string> {
  const [form] = formsOn(html, '/confirm').filter(({ action }) => action === '/confirm')
  assert.ok(form)
  return fillIn(form, given)
}
