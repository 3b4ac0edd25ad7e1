import { startTestApp } from '../support/app.ts'
import { newPerson } from '../support/visitor.ts'
import { openBrowser } from './support/browser.ts'
import { register, signIn } from './support/deeds.ts'
import { story } from './support/story.ts'

const { address } = await startTestApp()
const stage = { address, browser: await openBrowser() }

story('Register, and be signed in', stage, async (arrive) => {
  const person = await arrive()
  const { name } = await register(person)
  await person.seesHeading(`Hello, ${name}`)
  await person.sees(`Welcome, ${name}.`)
})

story(
  'Register with mistakes: each is said beside its field, and what was typed is kept',
  stage,
  async (arrive) => {
    const person = await arrive()
    await person.open('/register')
    await person.type('Your name', 'Grace')
    await person.type('Email address', 'grace@example')
    await person.type('Password', 'short')
    await person.press('Create account')
    await person.sees('This does not look like an email address')
    await person.type('Email address', newPerson().email)
    await person.type('Password', 'short')
    await person.press('Create account')
    await person.sees('Use at least 12 characters.')
    await person.type('Password', 'seven green bicycles')
    await person.press('Create account')
    await person.seesHeading('Hello, Grace')
  },
)

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
  await person.isAt('/dashboard')
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
