import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { styleguide } from '../../../src/features/styleguide/index.ts'
import { openBrowser } from '../../browser/support/browser.ts'
import { scene } from '../../browser/support/story.ts'
import { guestSees } from '../../browser/support/tour.ts'
import { startTestApp } from '../../support/app.ts'

const app = await startTestApp({ NODE_ENV: 'development' }, { features: [styleguide] })
const stage = { address: app.address, browser: await openBrowser() }

describe('Accessible in both color schemes, from 320 to 1920 pixels wide, and still while it loads', () => {
  guestSees('Every part', stage, (person) => person.open('/dev/parts'))

  guestSees('Every part, with what unfolds', stage, async (person) => {
    await person.open('/dev/parts')
    await person.page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
  })
})

scene('On a phone no word or button in a table is broken', stage, async (arrive) => {
  const { page } = await arrive({ viewport: { width: 360, height: 800 } })
  await page.goto(`${app.address}/dev/parts`)
  assert.deepEqual(await page.evaluate(broken), [])
  // It can tell.
  await page.evaluate(
    "for (const cell of document.querySelectorAll('td')) cell.style.cssText = 'max-width: 1rem; word-break: break-all'",
  )
  assert.notDeepEqual(await page.evaluate(broken), [])
})

scene(
  'Facts keep a distance from the text below them, on a phone and on a wide screen',
  stage,
  async (arrive) => {
    const { page } = await arrive({})
    await page.goto(`${app.address}/dev/parts`)
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 800 })
      const gaps = await page.evaluate<number[]>(gapsBelowFacts)
      assert.ok(gaps.length > 0 && gaps.every((gap) => gap >= 12), `${width}: ${gaps}`)
    }
  },
)

/** In CSS pixels. */
const gapsBelowFacts = `[...document.querySelectorAll('dl.facts:not(:last-child)')].map((facts) =>
  facts.nextElementSibling.getBoundingClientRect().top - facts.getBoundingClientRect().bottom)`

/** Words of a table, and texts of its buttons, that stand on more than one line. */
const broken = `[...document.querySelectorAll('.table :is(th, td, a, button)')].flatMap((element) =>
  [...element.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE).flatMap((text) => {
    const wholes = element.matches('.button') ? [{ 0: text.data.trimEnd(), index: 0 }] : [...text.data.matchAll(/\\S+/g)]
    return wholes.filter((whole) => {
      const range = document.createRange()
      range.setStart(text, whole.index)
      range.setEnd(text, whole.index + whole[0].length)
      return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1
    }).map((whole) => whole[0])
  }))`
