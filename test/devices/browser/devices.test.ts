import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { devices } from '../../../src/features/devices/index.ts'
import { openBrowser } from '../../browser/support/browser.ts'
import { register, signIn } from '../../browser/support/deeds.ts'
import { scene, story } from '../../browser/support/story.ts'
import { memberSees } from '../../browser/support/tour.ts'
import { startTestApp } from '../../support/app.ts'
import { privatePage, signInFirst } from '../../support/home.ts'

const app = await startTestApp({}, { features: [devices] })
const stage = { address: app.address, browser: await openBrowser() }

story('Sign out another browser, which notices on its next request', stage, async (arrive) => {
  const elsewhere = await arrive()
  const identity = await register(elsewhere)
  const here = await arrive()
  await signIn(here, identity)
  await here.follow('Sessions')
  await here.sees('You have 2 active sessions.')
  await here.press('End sessions')
  await here.sees('Signed out everywhere else. 1 session ended.')
  await elsewhere.open(privatePage)
  await elsewhere.isAt(signInFirst)
})

story('End one session from the list', stage, async (arrive) => {
  const elsewhere = await arrive()
  const identity = await register(elsewhere)
  const here = await arrive()
  await signIn(here, identity)
  await here.follow('Sessions')
  await here.press('End session:')
  await here.sees("You're not signed in anywhere else.")
})

scene(
  "When a session was last seen is said as how long ago, in the reader's language",
  stage,
  async (arrive) => {
    const person = await arrive({ locale: 'de-DE' })
    await register(person)
    await app.sessions.updateMany({}, { $set: { lastModified: new Date(Date.now() - 30 * 60 * 1000) } })
    await person.open('/sessions')
    await person.sees('vor 30 Minuten')
    // As WebKit on Linux without a language does.
    await person.page.addInitScript("Object.defineProperty(navigator, 'language', { value: 'C' })")
    await person.open('/sessions')
    await person.sees('30 minutes ago')
  },
)

describe('Accessible in both color schemes, from 320 to 1920 pixels wide, and still while it loads', () => {
  memberSees('Several sessions', stage, async (person, identity) => {
    for (let count = 0; count < 3; count++) await app.visitor().logIn(identity)
    await person.open('/sessions')
    await person.sees('You have 4 active sessions.')
  })

  memberSees(
    'The second of several pages, and a question before all others are ended',
    stage,
    async (person) => {
      const [own] = await app.sessions.find().sort({ 'session.signedInAt': -1 }).toArray()
      assert.ok(own)
      await app.sessions.insertMany(
        Array.from({ length: 30 }, (_, index) => ({ ...own, _id: `copy ${index}` })),
      )
      await person.open('/sessions')
      await person.follow('Next')
      await person.sees('Page 2 of 2')
      await person.page.getByText('End all other sessions').click()
      await person.sees('Every other browser will be signed out.')
    },
  )
})
