import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Router } from 'express'
import { model, Schema, Types } from 'mongoose'
import { deleteUser, finishDeletions } from '../../src/auth/accounts.ts'
import { currentUser, signIn } from '../../src/auth/passport.ts'
import { User } from '../../src/auth/user.ts'
import { homePath } from '../../src/config.ts'
import { belongsToUser } from '../../src/database.ts'
import { ConfigError } from '../../src/errors.ts'
import type { Arrival, Core, Feature } from '../../src/feature.ts'
import { prepareFeatures } from '../../src/install-features.ts'
import type { UnexpectedError } from '../../src/log.ts'
import { answerForm, emptyForm } from '../../src/web/forms.ts'
import { startTestApp } from '../support/app.ts'
import { cleanUp } from '../support/clean-up.ts'
import { ownLog } from '../support/own-log.ts'
import { until } from '../support/server-process.ts'
import { cookiesOf, locationOf, newPerson, type Visitor } from '../support/visitor.ts'

declare module '../../src/auth/user.ts' {
  interface UserFields {
    bannedBecause?: string
    luckyColor?: string
  }
}

const notes = new Schema({ userId: Schema.Types.ObjectId, text: String })
belongsToUser(notes, 'userId')
const Note = model('PowersNote', notes)

const views = mkdtempSync(join(tmpdir(), 'test-views-'))
cleanUp(() => rmSync(views, { recursive: true, force: true }))
writeFileSync(join(views, 'part.ejs'), '<p>A part with <%= locals.what %></p>')

const told: string[] = []
const failed = new Error('a listener that fails')
const worked: string[] = []
const waiting = new Map<string, { userId: string; arrival: Arrival }>()
const files = new Map<string, string>()
let attempts = 0
let isLocked = false

/** Uses all of the contract, like a second factor, a ban, a gate and a queue. */
const everything: Feature = {
  name: 'everything',
  userFields: { bannedBecause: String, luckyColor: String },
  settings(env) {
    if (env.EVERYTHING === 'bad')
      throw new ConfigError('EVERYTHING must be good, for example EVERYTHING=good')
  },
  install(core) {
    core.use.first((_req, res, next) => {
      res.set('X-First', 'yes')
      next()
    })
    core.use.open(secondStep(core))
    core.use.private('/vault', (_req, res) => void res.send('The vault'))
    core.hooks.nextStep.push(async (_req, _res, user, arrival) => {
      if (arrival.strong || arrival.by !== 'password' || user.luckyColor !== 'red') return undefined
      waiting.set('one', { userId: user.id, arrival })
      return '/second-step'
    })
    core.hooks.maySignIn.push(({ bannedBecause }) => !bannedBecause)
    core.hooks.privateGates.use((_req, res, next) => (isLocked ? res.redirect(303, '/locked') : next()))
    core.hooks.belongings.push({
      remove: async (userId) => void files.delete(userId),
      export: async (userId) => ({ files: files.get(userId) }),
    })
    for (const place of [
      'frame.banner',
      'home.main',
      'dashboard.cards',
      'auth.sign-in-help',
      'auth.sign-in-ways',
    ] as const)
      core.place(place, { view: join(views, 'part'), data: async () => ({ what: place }) })
    core.place('frame.navigation', {
      view: join(views, 'part'),
      when: () => false,
      data: () => ({ what: 'hidden' }),
    })
    core.place('frame.head', { view: join(views, 'part'), data: () => Promise.reject(new Error('broken')) })
    core.contentSecurity('img-src', 'https://pictures.example.com')
    core.use.open(Router().get('/broken', () => Promise.reject(new Error('unexpected'))))
    core.on('registered', ({ user }) => void told.push(`registered ${user.id}`))
    core.on('registered', () => {
      throw failed
    })
    core.on('signedIn', ({ user, arrival }) => void told.push(`signed in ${user.id} by ${arrival.by}`))
    core.on('signedIn', () => Promise.reject(failed))
    core.on('signInRefused', ({ userId }) => void told.push(`refused ${userId}`))
    core.on('signedOut', ({ userId }) => void told.push(`signed out ${userId}`))
    core.later.handle<{ what: string }>('everything', async (data) => {
      attempts += 1
      if (attempts === 1) throw new Error('the first attempt fails')
      worked.push(data.what)
    })
    core.later.handle('hopeless', () => Promise.reject(new Error('the work fails')))
    core.on('registered', ({ user }) => core.later.add('everything', { what: user.email }))
    core.onStart(async () => void told.push('start'))
    core.onStop(async () => {
      told.push('stop')
      core.later.add('everything', { what: 'at the stop' })
    })
  },
}

const somethingElse: Feature = {
  name: 'something else',
  needs: ['everything'],
  install(core) {
    core.use.private('/other-vault', (_req, res) => void res.send('The other vault'))
    core.onStop(async () => void told.push('something else stops'))
  },
}

function secondStep(core: Core): Router {
  const router = Router()
  router.get('/second-step', (_req, res) => void res.send('Your code?'))
  router.post('/second-step', async (req, res) => {
    const { userId, arrival } = waiting.get('one') ?? {
      userId: '',
      arrival: { by: 'password', remember: false },
    }
    const user = req.body.code === '1234' ? await User.findById(userId) : null
    if (!user) return void res.status(401).send('No')
    await signIn(req, res, user, { ...arrival, by: 'code', strong: true })
    core.log.debug('Second step done')
  })
  router.post('/way-in', async (req, res) => {
    const user = await User.findOne({ email: req.body.email }).orFail()
    const act = () => signIn(req, res, user, { by: 'a letter', remember: false })
    await answerForm(res, 'auth/login', { ok: true, data: {}, ...emptyForm }, act)
  })
  router.get('/who', (req, res) => void res.send(req.user ? currentUser(req).luckyColor : 'no one'))
  return router
}

// Runs after the app's own cleanup, to check that it stopped.
cleanUp(() => {
  assert.deepEqual(told.slice(-2), ['something else stops', 'stop'], 'features stop in reverse order')
  assert.equal(worked.at(-1), 'at the stop', 'then what is left to do is done')
})
const { log, lines } = await ownLog()
const later = { maxDelayMs: 0, pausesMs: [0] }
const app = await startTestApp({}, { features: [everything, somethingElse], later, log })

async function registered(): Promise<{ visitor: Visitor; email: string; password: string; id: string }> {
  const visitor = app.visitor()
  const person = newPerson()
  await visitor.register(person)
  const { id } = await User.findOne({ email: person.email }).orFail()
  return { visitor, ...person, id }
}

test('a feature can ask for a second step before a sign-in takes effect', async () => {
  const { email, password, id } = await registered()
  await User.updateOne({ email }, { luckyColor: 'red' })
  const visitor = app.visitor()
  const before = told.length
  const halfWay = await visitor.logIn({ email, password })
  assert.deepEqual([locationOf(halfWay), cookiesOf(halfWay)], ['/second-step', []])
  assert.deepEqual(told.slice(before), [])
  assert.equal(locationOf(await visitor.get('/vault')), '/login?returnTo=%2Fvault')
  assert.equal((await visitor.submit('/second-step', { code: 'wrong' })).status, 401)
  assert.equal(locationOf(await visitor.submit('/second-step', { code: '1234' })), homePath)
  assert.equal((await visitor.get('/who')).text, 'red')
  assert.deepEqual(told.slice(before), [`signed in ${id} by code`])
})

test("a feature's gate applies to every private page, including the core's", async () => {
  const { visitor } = await registered()
  assert.equal((await visitor.get('/vault')).text, 'The vault')
  isLocked = true
  try {
    assert.equal(locationOf(await visitor.get('/vault')), '/locked')
    assert.equal(locationOf(await visitor.get('/other-vault')), '/locked')
    assert.equal(locationOf(await visitor.get(homePath)), '/locked')
    assert.match(
      locationOf(await app.visitor().get('/vault')),
      /^\/login/,
      'it is inside: a guest signs in first',
    )
  } finally {
    isLocked = false
  }
})

test('a user who may no longer sign in is signed out on the next request, and none of their data is deleted', async () => {
  const { visitor, email, password } = await registered()
  const user = await User.findOneAndUpdate({ email }, { bannedBecause: 'spam' }).orFail()
  await Note.create({ userId: user._id, text: 'kept' })
  assert.equal((await visitor.get('/who')).text, 'no one')
  const refused = await app.visitor().logIn({ email, password })
  assert.equal(refused.status, 401)
  assert.match(refused.text, /This account has been disabled\./)
  const guessed = await app.visitor().logIn({ email, password: 'not the password' })
  assert.match(guessed.text, /Incorrect email address or password\./)
  // A sign-in without a password.
  assert.match((await app.visitor().submit('/way-in', { email })).text, /This account has been disabled\./)
  // A startup, and registering with that email address, only finish interrupted deletions.
  await finishDeletions(app.core.hooks)
  const again = await app.visitor().fillInAndSubmit('/register', { ...newPerson(), email })
  assert.equal(again.status, 422)
  assert.equal(await Note.countDocuments({ userId: user._id }), 1)
  await User.updateOne({ email }, { $unset: { bannedBecause: 1 } })
  assert.equal(locationOf(await app.visitor().logIn({ email, password })), homePath)
})

test("deleting an account deletes the user's data, in declared models and through hooks", async () => {
  const { email } = await registered()
  const user = await User.findOne({ email }).orFail()
  await Note.create([
    { userId: user._id, text: 'theirs' },
    { userId: new Types.ObjectId(), text: "someone else's" },
  ])
  files.set(user.id, 'a picture')
  assert.equal(await deleteUser(user.id, {}, app.core.hooks), true)
  assert.deepEqual([await Note.countDocuments({ userId: user._id }), files.has(user.id)], [0, false])
  assert.equal(await Note.countDocuments({ text: "someone else's" }), 1)
})

test('every place shows its parts, except hidden and broken ones', async () => {
  const { visitor } = await registered()
  const pages = { '/': 'home.main', '/login': 'auth.sign-in-help', [homePath]: 'dashboard.cards' }
  for (const [path, place] of Object.entries(pages)) {
    const { text, status } = await (path === '/login' ? app.visitor() : visitor).get(path)
    assert.equal(status, 200, path)
    for (const what of ['frame.banner', place])
      assert.ok(text.includes(`A part with ${what}<`), `${path} ${what}`)
    assert.ok(!text.includes('A part with hidden'), path)
  }
  assert.match((await app.visitor().get('/login')).text, /A part with auth\.sign-in-ways</)
})

test("a feature's handler can run first, and the content security policy accepts additional sources", async () => {
  const { headers } = await app.visitor().get('/healthz')
  assert.equal(headers['x-first'], 'yes')
  assert.match(
    String((await app.visitor().get('/')).headers['content-security-policy']),
    /img-src [^;]*https:\/\/pictures\.example\.com/,
  )
})

test('events reach their listeners, and a failing listener is logged without any other effect', async () => {
  const before = told.length
  const { visitor, email, password, id } = await registered()
  await app.visitor().logIn({ email, password: 'not the password' })
  await visitor.submit('/logout')
  await visitor.logIn({ email, password })
  assert.deepEqual(told.slice(before), [
    `registered ${id}`,
    `signed in ${id} by registration`,
    `refused ${id}`,
    `signed out ${id}`,
    `signed in ${id} by password`,
  ])
  assert.equal((await visitor.get('/vault')).status, 200)
  const complaints = lines().filter(({ msg }) => msg === "A feature's listener failed")
  assert.ok(complaints.length >= 3 && complaints.every(({ err }) => Object(err).message === failed.message))
})

test('work runs after the response, and is retried when it fails', async () => {
  const { email } = await registered()
  await until('the work is done', () => worked.includes(email))
  assert.ok(attempts > worked.length)
})

test('a feature starts before the app listens', () => {
  assert.equal(told[0], 'start')
})

test('invalid settings and missing needs of all features are reported together', () => {
  const needy: Feature = { name: 'needy', needs: ['everything', 'moon'], install: () => {} }
  assert.throws(() => prepareFeatures([everything, needy], { EVERYTHING: 'bad' }), {
    message: [
      'EVERYTHING must be good, for example EVERYTHING=good',
      'The feature needy needs moon. Add it to src/features.ts.',
    ].join('\n'),
  })
})

test('every unexpected error, and no other, is published for error tracking with the ID of its request', async () => {
  const errors: UnexpectedError[] = []
  const listen = (message: unknown) => void errors.push(message as UnexpectedError) // Only the log publishes there.
  subscribe('unexpected-error', listen)
  const broken = await app.visitor().get('/broken')
  await app.visitor().get('/nowhere')
  await app.visitor().get('/vault')
  await registered()
  app.core.later.add('hopeless', {})
  await until('the work was given up', () =>
    errors.some(({ message }) => message === 'Work failed; giving up'),
  )
  unsubscribe('unexpected-error', listen)
  const [first] = errors.filter(({ message }) => message === 'Request failed')
  assert.deepEqual(
    [String(first?.error), first?.requestId],
    ['Error: unexpected', broken.headers['x-request-id']],
  )
  assert.deepEqual(
    new Set(errors.map(({ message }) => message)),
    new Set([
      'Request failed',
      "A feature's listener failed",
      "A feature couldn't render its part of a page",
      'Work failed; giving up',
    ]),
  )
})
