/** What holds for every page in a browser, whichever there are: nothing below names one. */
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { openBrowser } from '../../browser/support/browser.ts'
import { register } from '../../browser/support/deeds.ts'
import { scene } from '../../browser/support/story.ts'
import { guestSees, memberSees } from '../../browser/support/tour.ts'
import { newMember } from '../../support/member.ts'
import { pagesFor, startWholeApp } from '../../support/whole-app.ts'

const app = await startWholeApp()
const stage = { address: app.address, browser: await openBrowser() }
const { visitor } = await newMember(app)
const pages = [
  [guestSees, await pagesFor(app, app.visitor())],
  [memberSees, await pagesFor(app, visitor)],
] as const

describe('Accessible in both color schemes, from 320 to 1920 pixels wide, and still while it loads', () => {
  for (const [sees, found] of pages)
    for (const { path } of found) sees(path, stage, (person) => person.open(path))
})

scene('After registering, a phone shows what to do next without scrolling', stage, async (arrive) => {
  const person = await arrive({ viewport: { width: 390, height: 780 } })
  await register(person)
  const next = person.page.getByRole('main').locator('a, button').filter({ visible: true }).first()
  const { y = Infinity, height = 0 } = (await next.boundingBox()) ?? {}
  assert.ok(y + height < 780, `it ends at ${y + height} pixels`)
})
