import { describe } from 'node:test'
import { openBrowser } from '../../browser/support/browser.ts'
import { register, signIn } from '../../browser/support/deeds.ts'
import { story } from '../../browser/support/story.ts'
import { memberSees } from '../../browser/support/tour.ts'
import { startTestApp } from '../../support/app.ts'
import { privatePage, signInFirst } from '../../support/home.ts'

const app = await startTestApp()
const stage = { address: app.address, browser: await openBrowser() }

story('Sign out another browser: it is out at its next click', stage, async (arrive) => {
  const elsewhere = await arrive()
  const identity = await register(elsewhere)
  const here = await arrive()
  await signIn(here, identity)
  await here.follow('Sessions')
  await here.sees('You are signed in at 2 places.')
  await here.press('End all others')
  await here.sees('one session has ended')
  await elsewhere.open(privatePage)
  await elsewhere.isAt(signInFirst)
})

story('End one session of the list', stage, async (arrive) => {
  const elsewhere = await arrive()
  const identity = await register(elsewhere)
  const here = await arrive()
  await signIn(here, identity)
  await here.follow('Sessions')
  await here.press('End the session of')
  await here.sees('You are signed in here and nowhere else.')
})

describe('Accessible in both color schemes, from 320 to 1920 pixels wide, and still while it loads', () => {
  memberSees('One session', stage, (person) => person.open('/sessions'))

  memberSees('Several sessions', stage, async (person, identity) => {
    for (let count = 0; count < 3; count++) await app.visitor().logIn(identity)
    await person.open('/sessions')
    await person.sees('You are signed in at 4 places.')
  })
})
