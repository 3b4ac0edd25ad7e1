import { describe } from 'node:test'
import { startTestApp } from '../support/app.ts'
import { openBrowser } from './support/browser.ts'
import { signIn } from './support/deeds.ts'
import { guestSees, memberSees } from './support/tour.ts'

const app = await startTestApp()
const stage = { address: app.address, browser: await openBrowser() }

describe('Accessible in both colour schemes, from 320 to 1920 pixels wide, and still while it loads', () => {
  guestSees('The home page', stage, (person) => person.open('/'))

  guestSees('Signing in', stage, (person) => person.open('/login'))

  guestSees('Signing in with a wrong password', stage, async (person, identity) => {
    await signIn(person, identity)
    await person.sees('Wrong email address or password.')
  })

  guestSees('Registering', stage, (person) => person.open('/register'))

  guestSees('Registering with mistakes', stage, async (person) => {
    await person.open('/register')
    await person.type('Email address', 'ada@')
    await person.press('Create account')
    await person.sees('A few things need another look')
  })

  guestSees('A password that is shown, and too short', stage, async (person) => {
    await person.open('/register')
    await person.press('Show: Password')
    await person.type('Password', 'seven')
    await person.sees('Still too short')
  })

  guestSees('A page that does not exist', stage, (person) => person.open('/nowhere'))

  memberSees('The dashboard, with a welcome', stage, async (person, { name }) => {
    await person.open('/dashboard')
    await person.sees(`Welcome, ${name}.`)
  })

  memberSees('The home page', stage, (person) => person.open('/'))

  memberSees('One session', stage, (person) => person.open('/sessions'))

  memberSees('Several sessions', stage, async (person, identity) => {
    for (let count = 0; count < 3; count++) await app.visitor().logIn(identity)
    await person.open('/sessions')
    await person.sees('You are signed in at 4 places.')
  })

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

  memberSees('A page that does not exist', stage, (person) => person.open('/nowhere'))

  memberSees('A fault of ours', stage, async (person, { email }) => {
    const user = await app.users.findOne({ email })
    const own = { 'session.passport.user': String(user?._id) }
    await app.sessions.updateOne(own, { $set: { 'session.signedInAt': 'not a date' } })
    await person.open('/dashboard')
    await person.sees('The fault is ours')
  })
})
