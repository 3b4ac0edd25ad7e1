import { startTestApp } from '../support/app.ts'
import { home } from '../support/home.ts'
import { newPerson } from '../support/visitor.ts'
import { openBrowser } from './support/browser.ts'
import { register } from './support/deeds.ts'
import { story } from './support/story.ts'

const { address } = await startTestApp()
const stage = { address, browser: await openBrowser() }

story('Create an account, and be signed in', stage, async (arrive) => {
  const person = await arrive()
  const { name } = await register(person)
  await person.sees(`Hello, ${name}`)
})

story(
  'Register with mistakes: each is explained beside its field, and what was typed is kept',
  stage,
  async (arrive) => {
    const person = await arrive()
    await person.open('/register')
    await person.type('Your name', 'Grace')
    await person.type('Email address', 'grace@example')
    await person.type('Password', 'short')
    await person.press('Create account')
    await person.sees('Enter an email address in the format name@example.com.')
    await person.type('Email address', newPerson().email)
    await person.type('Password', 'short')
    await person.press('Create account')
    await person.sees('Use at least 12 characters.')
    await person.type('Password', 'seven green bicycles')
    await person.press('Create account')
    await person.isAt(home)
  },
)
