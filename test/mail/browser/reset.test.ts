import { openBrowser } from '../../browser/support/browser.ts'
import { register } from '../../browser/support/deeds.ts'
import { story } from '../../browser/support/story.ts'
import { home } from '../../support/home.ts'
import { startMailApp } from '../support/app.ts'
import { linkIn } from '../support/smtp.ts'

const app = await startMailApp()
const stage = { address: app.address, browser: await openBrowser() }

story('Choose a new password by email', stage, async (arrive) => {
  const { email } = await app.visitor().register()
  await app.smtp.next(email)
  const person = await arrive()
  await person.open('/login')
  await person.type('Email address', email)
  await person.press('Forgot your password?')
  await person.press('Send the link')
  await person.sees("we'll email you a link")
  await person.open(linkIn(await app.smtp.next(email)))
  await person.sees(`For ${email}.`)
  await person.type('New password', 'eight yellow tricycles')
  await person.press('Save new password')
  await person.isAt(home)
})

story('Confirm the email address', stage, async (arrive) => {
  const person = await arrive()
  const { email } = await register(person)
  await person.sees('Please confirm')
  await person.open(linkIn(await app.smtp.next(email)))
  await person.press('Confirm email address')
  await person.sees(`${email} is confirmed.`)
})
