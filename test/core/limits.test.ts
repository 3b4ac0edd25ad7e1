import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { hashPassword, maxQueued } from '../../src/auth/password.ts'
import { anotherApp, startTestApp } from '../support/app.ts'
import { privatePage } from '../support/home.ts'
import { limits } from '../support/limits.ts'
import { until } from '../support/server-process.ts'
import { cookiesOf, newPerson, type Person, Visitor } from '../support/visitor.ts'

const app = await startTestApp()
const counters = app.database.client.db().collection('limits')
const {
  registerByAddress,
  signInByAddress,
  signInByAddressAndAccount,
  signInByAccount,
  signInByKnownBrowsers,
} = limits
const wrong = 'not the password'

/** The statuses of this many sign-ins with an incorrect password, some simultaneous because refusals are slow. */
async function guess(
  email: string | (() => string),
  times: number,
  visitor: (index: number) => Visitor,
): Promise<number[]> {
  const statuses: number[] = []
  while (statuses.length < times) {
    const next = Array.from(
      { length: Math.min(10, times - statuses.length) },
      (_, index) => statuses.length + index,
    )
    const answers = await Promise.all(
      next.map((index) =>
        visitor(index).logIn({ email: typeof email === 'string' ? email : email(), password: wrong }),
      ),
    )
    statuses.push(...answers.map(({ status }) => status))
  }
  return statuses
}

function refusals(statuses: number[]): number {
  assert.deepEqual(
    statuses.filter((status) => status !== 401 && status !== 429),
    [],
  )
  return statuses.filter((status) => status === 429).length
}

test('a rate-limited form says how long to wait, in words and in a header, and keeps what was typed (ASVS 6.3.1)', async () => {
  const { email } = newPerson()
  const visitor = app.visitor()
  await guess(email, signInByAddressAndAccount.attempts, () => visitor)
  const refused = await visitor.logIn({ email, password: wrong }, { returnTo: privatePage })
  assert.equal(refused.status, 429)
  const seconds = Number(refused.headers['retry-after'])
  assert.ok(Number.isInteger(seconds) && seconds > 0 && seconds <= signInByAddressAndAccount.seconds)
  assert.match(refused.text, /role="alert">Too many attempts\. Wait \d+ minutes, then try again\./)
  assert.ok(refused.text.includes(`value="${email}"`))
  assert.match(refused.text, /name="returnTo" value="[^"]+"/)
  assert.ok(!refused.text.includes(wrong))
  assert.deepEqual(cookiesOf(refused), [])
})

test('while a limit is reached a correct password is refused too, so the response reveals nothing (ASVS 6.3.1)', async () => {
  const person = await app.visitor().register()
  const stranger = app.visitor()
  await guess(person.email, signInByAddressAndAccount.attempts, () => stranger)
  const refused = await stranger.logIn(person)
  assert.equal(refused.status, 429)
  assert.deepEqual(cookiesOf(refused), [])
})

test('when the window ends, all attempts are available again (ASVS 6.3.1)', async ({ mock }) => {
  const { email } = newPerson()
  assert.equal(refusals(await guess(email, signInByAccount.attempts + 1, app.visitor)), 1)
  const windowMs = signInByAccount.seconds * 1000
  mock.timers.enable({ apis: ['Date'], now: Date.now() + windowMs - 60_000 })
  assert.equal(refusals(await guess(email, 1, app.visitor)), 1, 'it has not ended yet')
  mock.timers.setTime(Date.now() + 60_000)
  assert.equal(refusals(await guess(email, signInByAccount.attempts + 1, app.visitor)), 1)
})

test('a correct password is not counted against the IP address, which an office may share (ASVS 6.3.1)', async () => {
  await app.forgetTries()
  const address = '192.0.2.50'
  const person = await app.visitor().register()
  const used = async () => (await counters.findOne({ key: /^signInByAddress:/ }))?.points
  await guess(
    () => newPerson().email,
    signInByAddress.attempts - 1,
    () => new Visitor(app.server, address),
  )
  for (let times = 0; times < 3; times += 1) {
    assert.equal((await new Visitor(app.server, address).logIn(person)).status, 303)
    await until('the attempt is given back', async () => (await used()) === signInByAddress.attempts - 1)
  }
  assert.equal(
    (await new Visitor(app.server, address).logIn({ email: newPerson().email, password: wrong })).status,
    401,
  )
  assert.equal((await new Visitor(app.server, address).logIn(person)).status, 429, 'a wrong one is not')
})

test('a correct password is taken off each counter once, and other attempts stay counted (ASVS 6.3.1)', async () => {
  await app.forgetTries()
  const address = '192.0.2.51'
  const person = await app.visitor().register()
  const visitor = () => new Visitor(app.server, address)
  const counts = async () =>
    Object.fromEntries(
      (await counters.find({ key: /^signIn/ }).toArray()).map(({ key, points }) => [
        String(key).split(':', 1)[0],
        points,
      ]),
    )
  await guess(person.email, 3, visitor)
  const three = { signInByAddress: 3, signInByAddressAndAccount: 3, signInByAccount: 3 }
  assert.deepEqual(await counts(), three)
  const given = updateOfLimits()
  assert.equal((await visitor().logIn(person)).status, 303)
  await given
  assert.deepEqual(await counts(), three)
})

test('simultaneous correct passwords exceed the limit only for a moment (ASVS 6.3.1)', async () => {
  await app.forgetTries()
  const person = await app.visitor().register()
  const logIn = () => new Visitor(app.server, '192.0.2.52').logIn(person)
  const { attempts } = signInByAddressAndAccount
  // Before the first password is compared, every attempt has been counted.
  const ahead = Promise.all(Array.from({ length: maxQueued - attempts - 1 }, () => hashPassword('x')))
  const answers = await Promise.all(Array.from({ length: attempts + 1 }, logIn))
  await ahead
  assert.equal(refusals(answers.map(({ status }) => (status === 303 ? 401 : status))), 1)
  await until(
    'the attempts are given back',
    async () => (await counters.countDocuments({ points: { $gt: 1 } })) === 0,
  )
  assert.equal((await logIn()).status, 303)
})

/** The next command that uncounts attempts. */
function updateOfLimits(): Promise<void> {
  return new Promise((resolve) => {
    const { client } = app.database
    client.on('commandSucceeded', function seen({ commandName, reply }) {
      if (commandName !== 'update' || Object(reply).n !== 3) return
      client.off('commandSucceeded', seen)
      resolve()
    })
  })
}

test('an incorrect password stays counted (ASVS 6.3.1)', async () => {
  await app.forgetTries()
  const { email } = newPerson()
  await guess(email, 3, app.visitor)
  assert.equal((await counters.findOne({ key: /^signInByAccount:/ }))?.points, 3)
})

test("an account's known browsers share a separate limit that includes successes and that strangers can't use up (ASVS 6.3.1)", async () => {
  const person = await app.visitor().register()
  const browsers = await knownBrowsers(person, 4)
  const known = (index: number) => browsers[index % 4] ?? app.visitor()
  assert.equal(refusals(await guess(person.email, signInByAccount.attempts + 5, app.visitor)), 5)
  const left = signInByKnownBrowsers.attempts
  assert.equal(refusals(await guess(person.email, left - 1, known)), 0)
  assert.equal((await known(0).logIn(person)).status, 303)
  await known(0).submit('/logout')
  for (const browser of browsers) assert.equal((await browser.logIn(person)).status, 429)
})

test("when known browsers have used up their attempts, each still has a stranger's attempts (ASVS 6.3.1)", async () => {
  const person = await app.visitor().register()
  const [thief, owner] = await knownBrowsers(person, 2)
  assert.ok(thief && owner)
  const guesses = signInByKnownBrowsers.attempts + signInByAddressAndAccount.attempts
  assert.equal(refusals(await guess(person.email, guesses + 2, () => thief)), 2)
  assert.equal((await owner.logIn(person)).status, 303)
})

test('a sign-in that the server is too busy for is not counted for a known browser either (ASVS 6.3.1)', async () => {
  await app.forgetTries()
  const person = await app.visitor().register()
  const [browser] = await knownBrowsers(person, 1)
  await app.forgetTries()
  assert.ok(browser)
  const letIn = await untilRefused(() => browser.logIn(person))
  await until('it is given back', async () => (await counters.countDocuments({ points: letIn })) === 1)
})

/** Fills the password queue until one attempt gets 503. @returns how many were accepted before */
async function untilRefused(attempt: () => PromiseLike<{ status: number }>): Promise<number> {
  let isOver = false
  const crowd = Array.from({ length: maxQueued }, async () => {
    while (!isOver) await hashPassword('x').catch(() => sleep(1))
  })
  try {
    for (let letIn = 0; ; letIn += 1) {
      const { status } = await attempt()
      if (status === 503) return letIn
      assert.equal(status, 303)
    }
  } finally {
    isOver = true
    await Promise.all(crowd)
  }
}

/** Browsers, each with its own IP address, that have signed in to the account and out before attempts are counted. */
async function knownBrowsers(person: Person, count: number): Promise<Visitor[]> {
  const browsers = Array.from({ length: count }, app.visitor)
  for (const browser of browsers) {
    await browser.logIn(person)
    await browser.submit('/logout')
  }
  return browsers
}

test('a browser is known only by a cookie this app has signed, and only to accounts that signed in with it (ASVS 6.3.1)', async () => {
  const [person, other] = [await app.visitor().register(), await app.visitor().register()]
  const signedIn = await app.visitor().logIn(person)
  const cookie =
    cookiesOf(signedIn)
      .find((text) => text.startsWith('browser='))
      ?.split(';', 1)[0] ?? ''
  assert.match(cookie, /^browser=browser~/)
  await guess(other.email, signInByAccount.attempts, app.visitor)
  assert.equal((await app.visitor().logIn(other).set('Cookie', cookie)).status, 429)
  await guess(person.email, signInByAccount.attempts, app.visitor)
  for (const made of [
    cookie.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
    'browser=%',
    'browser=browser~x~y.z',
    cookie.replace(/\..*/, ''),
  ])
    assert.equal((await app.visitor().logIn(person).set('Cookie', made)).status, 429, made)
  assert.equal((await app.visitor().logIn(person).set('Cookie', cookie)).status, 303)
})

test("a known browser is forgotten after a new password, and isn't known to a new account with the same email address (ASVS 6.3.1)", async () => {
  const before = app.visitor()
  const person = await before.register()
  await before.submit('/logout')
  await app.users.deleteOne({ email: person.email })
  await app.visitor().register(person)
  assert.equal(refusals(await guess(person.email, signInByAddressAndAccount.attempts + 2, () => before)), 2)

  const thief = app.visitor()
  const owner = await thief.register()
  await thief.submit('/logout')
  await app.users.updateOne({ email: owner.email }, { $inc: { epoch: 1 } })
  assert.equal(refusals(await guess(owner.email, signInByAddressAndAccount.attempts + 2, () => thief)), 2)
})

test('all IP addresses of one IPv6 subscriber share a limit, and an IPv4 address is the same in every notation (ASVS 6.3.1)', async () => {
  const { attempts } = signInByAddressAndAccount
  const guessFrom = async (address: string, email: string) =>
    (await new Visitor(app.server, address).logIn({ email, password: wrong })).status
  const email = newPerson().email
  for (let index = 0; index < attempts; index += 1)
    assert.equal(await guessFrom(`2001:db8:1:2:${index}::${index + 1}`, email), 401)
  assert.equal(await guessFrom('2001:db8:1:2:ffff::1', email), 429)
  assert.equal(await guessFrom('2001:db8:1:3::1', email), 401, 'the neighbor')
  const second = newPerson().email
  for (let index = 0; index < attempts; index += 1)
    assert.equal(
      await guessFrom(['192.0.2.9', '::ffff:192.0.2.9', '192.0.2.9:4711'][index % 3] ?? '', second),
      401,
    )
  assert.equal(await guessFrom('[::ffff:192.0.2.9]:80', second), 429)
})

test('an account has one limit, however its email address is capitalized or spaced (ASVS 6.3.1)', async () => {
  const { email } = newPerson()
  const spellings = [email, email.toUpperCase(), ` ${email}`, `${email} `]
  let statuses: number[] = []
  for (let index = 0; index <= signInByAccount.attempts; index += 1)
    statuses = [...statuses, ...(await guess(spellings[index % 4] ?? '', 1, app.visitor))]
  assert.equal(refusals(statuses), 1)
})

test('the collection of counters holds no IP address and no email address (ASVS 6.3.1)', async () => {
  const { email } = await app.visitor().register()
  await guess(email, 1, () => new Visitor(app.server, '192.0.2.60'))
  const stored = JSON.stringify(await counters.find().toArray())
  assert.match(stored, /signInByAccount:/)
  assert.doesNotMatch(stored, new RegExp(`192\\.0\\.2|${email}`))
})

test("reading pages doesn't count as an attempt (ASVS 2.4.1)", async () => {
  await app.forgetTries()
  const visitor = app.visitor()
  for (const path of ['/', '/login', '/register', privatePage])
    for (let times = 0; times < 10; times += 1) await visitor.get(path)
  assert.equal(await counters.countDocuments(), 0)
})

test('too many registrations from an IP address get a page that says how long to wait (ASVS 2.4.1)', async () => {
  const here = () => new Visitor(app.server, '192.0.2.78')
  const registrations = Array.from({ length: registerByAddress.attempts }, () =>
    here().fillInAndSubmit('/register', { ...newPerson() }),
  )
  for (const { status } of await Promise.all(registrations)) assert.equal(status, 303)
  const refused = await here().fillInAndSubmit('/register', { ...newPerson() })
  assert.equal(refused.status, 429)
  assert.match(String(refused.headers['retry-after']), /^\d+$/)
  assert.match(refused.text, /Wait (an hour|1 hour|\d+ minutes)/)
  assert.equal(
    (await app.visitor().fillInAndSubmit('/register', { ...newPerson() })).status,
    303,
    'others are let through',
  )
})

test('a registration that the server is too busy for is not counted (ASVS 2.4.1)', async () => {
  await app.forgetTries()
  const visitor = () => new Visitor(app.server, '192.0.2.79')
  const form = await visitor().filledIn('/register')
  const letIn = await untilRefused(() => visitor().submit('/register', { ...form, ...newPerson() }))
  const counted = { key: /^registerByAddress:/, points: letIn }
  await until('it is given back', async () => (await counters.countDocuments(counted)) === 1)
})

test('too many sign-ins from an IP address get a page that says how long to wait (ASVS 2.4.1)', async () => {
  const address = '192.0.2.77'
  const emails = () => newPerson().email
  const statuses = await guess(emails, signInByAddress.attempts, () => new Visitor(app.server, address))
  assert.equal(refusals(statuses), 0)
  const refused = await new Visitor(app.server, address).logIn({ email: emails(), password: 'x' })
  assert.equal(refused.status, 429)
  assert.match(String(refused.headers['retry-after']), /^\d+$/)
})

test('no other spelling of the path gets around the sign-in limit (ASVS 6.3.4)', async () => {
  const person = await app.visitor().register()
  const stranger = app.visitor()
  for (let attempt = 0; attempt <= signInByAddressAndAccount.attempts; attempt += 1)
    await stranger.logIn({ ...person, password: 'not the password' })
  for (const path of ['/login', '/login/', '/LOGIN', '/login?returnTo=%2Fsessions', '//login']) {
    const { status } = await stranger.submit(path, { email: person.email, password: person.password })
    assert.ok(status === 429 || status === 404, `${path}: ${status}`)
  }
})

test('a rate-limited email address gets the same response whether or not it has an account (ASVS 6.3.8)', async () => {
  const { email } = await app.visitor().register()
  const answers = []
  for (const asked of [email, 'nobody3@example.com']) {
    const visitor = app.visitor()
    for (let attempt = 0; attempt < signInByAddressAndAccount.attempts; attempt += 1)
      await visitor.logIn({ email: asked, password: 'not the password' })
    const { status, text } = await visitor.logIn({ email: asked, password: 'not the password' })
    answers.push({ status, text: text.replaceAll(asked, 'EMAIL') })
  }
  assert.deepEqual(answers[1], answers[0])
  assert.equal(answers[0]?.status, 429)
})

test("only the trusted proxy's entry in X-Forwarded-For is used (ASVS 15.3.4)", async () => {
  const { attempts } = signInByAddressAndAccount
  const { email } = newPerson()
  const statuses = []
  for (let index = 0; index <= attempts; index += 1) {
    // The proxy appends the real address to the client's fake one.
    const visitor = new Visitor(app.server, `198.51.100.${index}, 192.0.2.1`)
    statuses.push((await visitor.logIn({ email, password: 'x' })).status)
  }
  assert.deepEqual(statuses, [...Array.from({ length: attempts }, () => 401), 429])
})

test('without a trusted proxy no header changes the IP address that attempts are counted for (ASVS 4.1.3)', async () => {
  await app.forgetTries()
  const server = await anotherApp(app, { TRUST_PROXY: '0' })
  const { attempts } = signInByAddressAndAccount
  const { email } = newPerson()
  const statuses = []
  for (let index = 0; index <= attempts; index += 1) {
    const address = `198.51.100.${index}`
    const made = { 'X-Forwarded-For': address, 'X-Real-IP': address, Forwarded: `for=${address}` }
    statuses.push((await new Visitor(server).logIn({ email, password: wrong }).set(made)).status)
  }
  assert.deepEqual(statuses, [...Array.from({ length: attempts }, () => 401), 429])
})
