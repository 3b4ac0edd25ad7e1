/** These tests find the pages themselves, so they also cover pages that you add. */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { openBrowser } from '../../browser/support/browser.ts'
import { register } from '../../browser/support/deeds.ts'
import { scene } from '../../browser/support/story.ts'
import { guestSees, memberSees } from '../../browser/support/tour.ts'
import { newMember } from '../../support/member.ts'
import { newInsider, pagesFor, seedFor, startWholeApp } from '../../support/whole-app.ts'

const app = await startWholeApp()
const stage = { address: app.address, browser: await openBrowser() }
const guests = await pagesFor(app, app.visitor())
const members = await pagesFor(app, (await newMember(app)).visitor)
const seen = new Set(members.filter(({ status }) => status < 400).map(({ path }) => path))
const insiders = (await pagesFor(app, (await newInsider(app)).visitor)).filter(
  ({ path, status }) => status < 400 && !seen.has(path),
)

describe('Accessible in both color schemes, from 320 to 1920 pixels wide, and still while it loads', () => {
  for (const { path } of guests) guestSees(path, stage, (person) => person.open(path))
  for (const { path } of members) memberSees(path, stage, (person) => person.open(path))
  for (const { path } of insiders)
    memberSees(`${path}, which members don't see`, stage, async (person, identity) => {
      await seedFor(app, identity)
      await person.open(path)
    })
})

scene('After registering, a phone shows what to do next without scrolling', stage, async (arrive) => {
  const person = await arrive({ viewport: { width: 390, height: 780 } })
  await register(person)
  const next = person.page.getByRole('main').locator('a, button').filter({ visible: true }).first()
  const { y = Infinity, height = 0 } = (await next.boundingBox()) ?? {}
  assert.ok(y + height < 780, `it ends at ${y + height} pixels`)
})
