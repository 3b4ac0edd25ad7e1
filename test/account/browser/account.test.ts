import { describe } from 'node:test'
import { openBrowser } from '../../browser/support/browser.ts'
import { register, signIn } from '../../browser/support/deeds.ts'
import { story } from '../../browser/support/story.ts'
import { memberSees } from '../../browser/support/tour.ts'
import { startTestApp } from '../../support/app.ts'
import { home } from '../../support/home.ts'

const { address } = await startTestApp()
const stage = { address, browser: await openBrowser() }

story('Change the password', stage, async (arrive) => {
  const person = await arrive()
  const identity = await register(person)
  await person.follow('Account')
  await person.follow('Change password')
  await person.type('Current password', identity.password)
  await person.type('New password', 'eight yellow tricycles')
  await person.press('Change password')
  await person.sees('Your password is changed.')
  await person.press('Sign out')
  await person.sees('You are signed out.')
  await signIn(person, { ...identity, password: 'eight yellow tricycles' })
  await person.isAt(home)
})

story('Delete the account: it is gone, and nobody signs in with it', stage, async (arrive) => {
  const person = await arrive()
  const identity = await register(person)
  await person.follow('Account')
  await person.follow('Delete account')
  await person.type('Your password', identity.password)
  await person.press('Delete account for good')
  await person.sees('Your account is deleted')
  await signIn(person, identity)
  await person.sees('Wrong email address or password.')
})

describe('Accessible in both color schemes, from 320 to 1920 pixels wide, and still while it loads', () => {
  memberSees('The account, after a change', stage, async (person) => {
    await person.open('/account/name')
    await person.press('Change name')
    await person.sees('From now on you are')
  })

  memberSees('Changing the password', stage, (person) => person.open('/account/password'))

  memberSees('Changing the password with mistakes', stage, async (person) => {
    await person.open('/account/password')
    await person.press('Change password')
    await person.sees('A few things need another look')
  })

  memberSees('Deleting the account', stage, (person) => person.open('/account/delete'))
})
