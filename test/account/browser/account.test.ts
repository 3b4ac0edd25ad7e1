import { describe } from 'node:test'
import { account } from '../../../src/features/account/index.ts'
import { openBrowser } from '../../browser/support/browser.ts'
import { fillIn, register, signIn } from '../../browser/support/deeds.ts'
import { story } from '../../browser/support/story.ts'
import { memberSees } from '../../browser/support/tour.ts'
import { startTestApp } from '../../support/app.ts'
import { home } from '../../support/home.ts'

const app = await startTestApp({}, { features: [account] })
const stage = { address: app.address, browser: await openBrowser() }

story('Change the password', stage, async (arrive) => {
  const person = await arrive()
  const identity = await register(person)
  await person.follow('Account')
  await person.follow('Change password')
  await person.type('New password', 'eight yellow tricycles')
  await person.press('Change password')
  await person.sees('Your password has been changed.')
  await person.press('Sign out')
  await person.sees("You've signed out.")
  await signIn(person, { ...identity, password: 'eight yellow tricycles' })
  await person.isAt(home)
})

story('Delete the account, which can no longer be signed in to', stage, async (arrive) => {
  const person = await arrive()
  const identity = await register(person)
  await person.follow('Account')
  await person.follow('Delete account')
  await person.press('Delete account permanently')
  await person.sees('Your account has been deleted')
  await signIn(person, identity)
  await person.sees('Incorrect email address or password.')
})

story('A form sent after the session has ended keeps the entered values', stage, async (arrive) => {
  const person = await arrive()
  const identity = await register(person)
  await person.open('/account/name')
  await person.type('Your name', 'Grace Hopper')
  await app.sessions.deleteMany({})
  await person.press('Change name')
  await person.sees("what you typed wasn't saved")
  await person.sees('Grace Hopper')
  await fillIn(person, identity)
  await person.press('Sign in')
  await person.isAt('/account/name')
})

describe('Accessible in both color schemes, from 320 to 1920 pixels wide, and still while it loads', () => {
  memberSees('The account, after a change', stage, async (person) => {
    await person.open('/account/name')
    await person.press('Change name')
    await person.sees('Your name is now')
  })

  memberSees('Changing the password with mistakes', stage, async (person) => {
    await person.open('/account/password')
    await person.press('Change password')
    await person.sees('Choose a password.')
  })

  memberSees('A form that came after the end of the session', stage, async (person) => {
    await person.open('/account/name')
    await app.sessions.deleteMany({})
    await person.press('Change name')
    await person.sees("what you typed wasn't saved")
  })
})
