import { startTestApp } from '../support/app.ts'
import { home, privatePage, signInFirst } from '../support/home.ts'
import { keptProfile, openBrowser } from './support/browser.ts'
import { fillIn, signIn } from './support/deeds.ts'
import { story } from './support/story.ts'

const app = await startTestApp()
const stage = { address: app.address, browser: await openBrowser() }

story('Ask for a private page, sign in, see that page, and sign out', stage, async (arrive) => {
  const identity = await app.visitor().register()
  const person = await arrive()
  await person.open(privatePage)
  await person.sees('Sign in to continue to the page you asked for.')
  await fillIn(person, identity)
  await person.press('Sign in')
  await person.isAt(privatePage)
  await person.sees("You're signed in.")
  await person.press('Sign out')
  await person.isAt('/')
  await person.sees("You've signed out.")
})

story(
  'An incorrect password is refused, the email address is kept, and the correct one then works',
  stage,
  async (arrive) => {
    const identity = await app.visitor().register()
    const person = await arrive()
    await signIn(person, { ...identity, password: 'seven blue bicycles' })
    await person.sees('Incorrect email address or password.')
    await person.type('Password', identity.password)
    await person.press('Sign in')
    await person.isAt(home)
  },
)

story('Keep me signed in: still signed in after closing and reopening the browser', stage, async (arrive) => {
  const identity = await app.visitor().register()
  const profile = keptProfile()
  const before = await arrive({}, profile)
  await signIn(before, identity)
  await before.isAt(home)
  await before.page.context().close()
  const after = await arrive({}, profile)
  await after.open(privatePage)
  await after.isAt(privatePage)
})

story('Without "Keep me signed in" closing the browser signs out', stage, async (arrive) => {
  const identity = await app.visitor().register()
  const profile = keptProfile()
  const before = await arrive({}, profile)
  await before.open('/login')
  await fillIn(before, identity)
  await before.toggle('Keep me signed in')
  await before.press('Sign in')
  await before.isAt(home)
  await before.page.context().close()
  const after = await arrive({}, profile)
  await after.open(privatePage)
  await after.isAt(signInFirst)
})
