import { describe } from 'node:test'
import { openBrowser } from '../../browser/support/browser.ts'
import { guestSees, memberSees } from '../../browser/support/tour.ts'
import { startMailApp } from '../support/app.ts'
import { linkIn } from '../support/smtp.ts'

const app = await startMailApp()
const stage = { address: app.address, browser: await openBrowser() }

describe('Accessible in both color schemes, from 320 to 1920 pixels wide, and still while it loads', () => {
  guestSees('Asking for a new password', stage, async (person, { email }) => {
    await person.open('/forgot-password')
    await person.type('Email address', email)
    await person.press('Send the link')
    await person.sees("we'll email you a link")
  })

  memberSees('Choosing a new password with a mistake', stage, async (person, { email }) => {
    await app.smtp.next(email)
    await app.visitor().submit('/forgot-password', { email })
    await person.open(linkIn(await app.smtp.next(email)))
    await person.type('New password', 'short')
    await person.press('Save new password')
    await person.sees('Use at least 12 characters.')
  })

  memberSees(
    'The account with an unconfirmed address, and another one that is to take its place',
    stage,
    async (person, { email }) => {
      await person.open('/account/email')
      await person.type('New email address', `new-${email}`)
      await person.press('Send the link')
      await person.sees(`We sent a link to new-${email}`)
      await person.sees('Not confirmed yet.')
    },
  )

  memberSees('The reminder to confirm, after the link was sent again', stage, async (person) => {
    await person.open('/account')
    await person.press('Send it again')
    await person.isAt('/account?sent=on')
    await person.sees("We're sending a new link")
  })

  memberSees('Confirming the email address', stage, async (person, { email }) => {
    await person.open(linkIn(await app.smtp.next(email)))
    await person.sees(email)
  })
})
