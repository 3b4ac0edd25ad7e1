import { describe } from 'node:test'
import { devices } from '../../../src/features/devices/index.ts'
import { openBrowser } from '../../browser/support/browser.ts'
import { register, signIn } from '../../browser/support/deeds.ts'
import { story } from '../../browser/support/story.ts'
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
  await here.press('End them')
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
  await here.sees("You're signed in only here.")
})

describe('Accessible in both color schemes, from 320 to 1920 pixels wide, and still while it loads', () => {
  memberSees('One session', stage, (person) => person.open('/sessions'))

  memberSees('Several sessions', stage, async (person, identity) => {
    for (let count = 0; count < 3; count++) await app.visitor().logIn(identity)
    await person.open('/sessions')
    await person.sees('You have 4 active sessions.')
  })
})
