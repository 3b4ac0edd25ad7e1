import assert from 'node:assert/strict'
import { test } from 'node:test'
import { killInEveryGap, users } from '../support/every-gap.ts'
import { type ServerProcess, until } from '../support/server-process.ts'
import { linkIn, startSmtp } from '../support/smtp.ts'
import { locationOf, type Person, Visitor } from '../support/visitor.ts'

const smtp = await startSmtp()
const env = { MAIL: 'on', SMTP_URL: smtp.url, MAIL_FROM: 'hello@example.com' }
const next = 'eleven purple kettles'
/** Opened already. */
const used = new Set<string>()

test('a process killed between any two writes of a reset leaves a way to a new password', async () => {
  const writes = await killInEveryGap({
    env,
    act: (here, { email }, server) => reset(here, email, server),
    async recover({ email, password }, server) {
      const signIns = [password, next].map((password) =>
        new Visitor(server.address).logIn({ email, password }),
      )
      const statuses = (await Promise.all(signIns)).map(({ status }) => status)
      assert.deepEqual(statuses.sort(), [303, 401])
      await reset(new Visitor(server.address), email, server)
    },
  })
  assert.ok(writes >= 8, `${writes} writes`)
})

test('a process killed between any two writes of an email change leaves one address that works', async () => {
  const change = async (visitor: Visitor, { email, password }: Person, server: ServerProcess) => {
    const newEmail = `new-${email}`
    await visitor.submit('/account/email', { email: newEmail, password })
    await visitor.get(await linkFor('/confirm-email', newEmail, server))
    assert.equal((await visitor.submit('/confirm-email')).status, 303)
  }
  const writes = await killInEveryGap({
    env,
    act: change,
    async recover(person, server) {
      const visitor = new Visitor(server.address)
      const changed = await users.findOne({ email: `new-${person.email}` })
      const current = { ...person, email: changed ? `new-${person.email}` : person.email }
      assert.equal((await visitor.logIn(current)).status, 303)
      await change(visitor, current, server)
    },
  })
  assert.ok(writes >= 4, `${writes} writes`)
})

async function reset(visitor: Visitor, email: string, server: ServerProcess): Promise<void> {
  await visitor.submit('/forgot-password', { email })
  await visitor.get(await linkFor('/reset-password', email, server))
  assert.equal(locationOf(await visitor.submit('/reset-password', { 'new-password': next })), '/dashboard')
}

/** The link of a mail that came, or is about to. @throws when the server is gone before */
async function linkFor(path: string, email: string, server: ServerProcess): Promise<string> {
  let gone = false
  void server.exited.then(() => {
    gone = true
  })
  const find = () =>
    smtp.mails
      .filter(({ to, text }) => to === email && text.includes(`${path}?token=`))
      .map(linkIn)
      .findLast((link) => !used.has(link))
  await until(`a link for ${email}`, () => gone || find() !== undefined)
  const link = find()
  if (!link) throw new Error('The server is gone')
  used.add(link)
  return link
}
