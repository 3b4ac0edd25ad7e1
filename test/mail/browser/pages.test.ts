import { describe } from 'node:test'
import { openBrowser } from '../../browser/support/browser.ts'
import { guestSees, memberSees } from '../../browser/support/tour.ts'
import { startMailApp } from '../support/app.ts'
import { linkIn } from '../support/smtp.ts'

const app = await startMailApp()
const stage = { address: app.address, browser: await openBrowser() }

describe('What comes with mail: accessible in both colour schemes, from 320 to 1920 pixels wide', () => {
  guestSees('Signing in, with a way out for who forgot the password', stage, (person) =>
    person.open('/login'),
  )

  guestSees('Asking for a new password, and being told', stage, async (person, { email }) => {
    await person.open('/forgot-password')
    await person.type('Email address', email)
    await person.press('Send the link')
    await person.sees('a mail is on its way')
  })

  guestSees('A link that was used already', stage, (person) => person.open('/reset-password'))

  memberSees('Choosing a new password with a mistake', stage, async (person, { email }) => {
    await app.smtp.next(email)
    await app.visitor().submit('/forgot-password', { email })
    await person.open(linkIn(await app.smtp.next(email)))
    await person.type('New password', 'short')
    await person.press('Set the new password')
    await person.sees('Use at least 12 characters.')
  })

  memberSees('The account, when its address is not confirmed', stage, async (person) => {
    await person.open('/account')
    await person.sees('Not confirmed yet.')
  })

  memberSees('Changing the address', stage, (person) => person.open('/account/email'))

  memberSees('Waiting for the mail', stage, (person) => person.open('/verify-email'))

  memberSees('Confirming the address', stage, async (person, { email }) => {
    await person.open(linkIn(await app.smtp.next(email)))
    await person.sees(email)
  })

  memberSees('A confirmation that is over', stage, (person) => person.open('/confirm-email'))
})
