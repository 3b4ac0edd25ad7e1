import { describe } from 'node:test'
import { styleguide } from '../../../src/features/styleguide/index.ts'
import { openBrowser } from '../../browser/support/browser.ts'
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
