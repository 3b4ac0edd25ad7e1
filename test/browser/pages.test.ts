import { describe } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { brokenPage } from '../support/broken-page.ts'
import { home } from '../support/home.ts'
import { pageInPieces } from '../support/page-in-pieces.ts'
import { openBrowser } from './support/browser.ts'
import { signIn } from './support/deeds.ts'
import { guestSees, memberSees } from './support/tour.ts'

const app = await startTestApp({}, { more: [brokenPage, pageInPieces] })
const stage = { address: app.address, browser: await openBrowser() }

describe('Accessible in both color schemes, from 320 to 1920 pixels wide, and still while it loads', () => {
  guestSees('Signing in', stage, (person) => person.open('/login'))

  guestSees('A page that arrives in pieces', stage, (person) => person.open('/in-pieces'))

  guestSees('Signing in with a wrong password', stage, async (person, identity) => {
    await signIn(person, identity)
    await person.sees('Incorrect email address or password.')
  })

  guestSees('Registering with mistakes', stage, async (person) => {
    await person.open('/register')
    await person.type('Email address', 'ada@')
    await person.press('Create account')
    await person.sees('Check these fields:')
  })

  guestSees('A password that is shown, and too short', stage, async (person) => {
    await person.open('/register')
    await person.press('Show password')
    await person.type('Password', 'seven')
    await person.sees('Too short')
  })

  memberSees('The landing page, after registering', stage, async (person, { name }) => {
    await person.open(home)
    await person.sees(name)
  })

  memberSees('The menu of whoever is signed in', stage, async (person, { email }) => {
    await person.open('/')
    await person.page.locator('header summary').click()
    await person.sees(email)
  })

  memberSees('A server error', stage, async (person) => {
    await person.open('/broken')
    await person.sees("It's our fault")
  })
})
