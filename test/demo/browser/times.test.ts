import assert from 'node:assert/strict'
import { test } from 'node:test'
import { demo } from '../../../src/features/demo/index.ts'
import { openBrowser } from '../../browser/support/browser.ts'
import { register } from '../../browser/support/deeds.ts'
import { Person } from '../../browser/support/person.ts'
import { scene } from '../../browser/support/story.ts'
import { startTestApp } from '../../support/app.ts'

const app = await startTestApp({}, { features: [demo] })
const stage = { address: app.address, browser: await openBrowser() }

scene(
  "Times are shown in the reader's language and time zone, and in UTC without JavaScript",
  stage,
  async (arrive) => {
    const seen = async (javaScriptEnabled: boolean) => {
      const person = await arrive({ timezoneId: 'Asia/Kolkata', locale: 'de-DE', javaScriptEnabled })
      await register(person)
      await person.open('/tour')
      const moment = person.page.locator('time').first()
      return [await moment.getAttribute('datetime'), await moment.textContent()]
    }
    const [iso = '', inUtc] = await seen(false)
    assert.equal(inUtc, `${iso?.slice(0, 16).replace('T', ' ')} UTC`)
    const [moment, local] = await seen(true)
    const inKolkata = new Date(moment ?? '').toLocaleTimeString('de-DE', {
      timeZone: 'Asia/Kolkata',
      timeStyle: 'short',
    })
    assert.ok(local?.endsWith(inKolkata), `${local}, not ${inKolkata}`)
  },
)

scene(
  'A tab that was left open asks for its times as JSON when it is looked at again, and shows them',
  stage,
  async (arrive) => {
    const person = await arrive({ timezoneId: 'UTC', locale: 'en-US' })
    const { email } = await register(person)
    await person.open('/tour')
    const seen = person.page.locator('time[data-name="lastSeen"]').first()
    const before = await seen.getAttribute('datetime')
    // As if this browser had been used from another tab.
    const user = await app.users.findOne({ email })
    const lastModified = new Date(Date.now() + 5_000)
    await app.sessions.updateOne({ 'session.passport.user': String(user?._id) }, { $set: { lastModified } })
    const answered = person.page.waitForResponse((response) => response.url().endsWith('/tour/life'))
    await person.page.evaluate('document.dispatchEvent(new Event("visibilitychange"))')
    const answer = await answered
    assert.match(answer.headers()['content-type'] ?? '', /^application\/json/)
    await person.page
      .locator(`time[data-name="lastSeen"][datetime="${lastModified.toISOString()}"]`)
      .first()
      .waitFor()
    assert.notEqual(before, lastModified.toISOString())
  },
)

test('An open tab whose session has ended goes to the sign-in page', async () => {
  const context = await stage.browser.newContext()
  const person = await Person.at(context, app.address)
  const { email } = await register(person)
  await person.open('/tour')
  const user = await app.users.findOne({ email })
  await app.sessions.deleteMany({ 'session.passport.user': String(user?._id) })
  await person.page.evaluate('document.dispatchEvent(new Event("visibilitychange"))')
  await person.isAt('/login?returnTo=%2Ftour')
  await context.close()
})
