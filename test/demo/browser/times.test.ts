import assert from 'node:assert/strict'
import { demo } from '../../../src/features/demo/index.ts'
import { openBrowser } from '../../browser/support/browser.ts'
import { register } from '../../browser/support/deeds.ts'
import { scene } from '../../browser/support/story.ts'
import { startTestApp } from '../../support/app.ts'

const { address } = await startTestApp({}, { features: [demo] })
const stage = { address, browser: await openBrowser() }

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
