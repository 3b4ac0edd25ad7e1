import { startTestApp } from '../support/app.ts'
import { keptProfile, openBrowser } from './support/browser.ts'
import { fillIn, register, signIn } from './support/deeds.ts'
import { story } from './support/story.ts'

const app = await startTestApp()
const stage = { address: app.address, browser: await openBrowser() }

story('Sign in where a page asks for it, see that page, and sign out', stage, async (arrive) => {
  const identity = await app.visitor().register()
  const person = await arrive()
  await person.open('/sessions')
  await person.sees('You go straight on to it.')
  await fillIn(person, identity)
  await person.press('Sign in')
  await person.isAt('/sessions')
  await person.sees(`Welcome back, ${identity.name}.`)
  await person.press('Sign out')
  await person.isAt('/')
  await person.sees('You are signed out.')
})

story(
  'A wrong password is refused, the email address is kept, and the right one then works',
  stage,
  async (arrive) => {
    const identity = await app.visitor().register()
    const person = await arrive()
    await signIn(person, { ...identity, password: 'seven blue bicycles' })
    await person.sees('Wrong email address or password.')
    await person.type('Password', identity.password)
    await person.press('Sign in')
    await person.seesHeading(`Hello, ${identity.name}`)
  },
)

story(
  'Keep me signed in: closing the browser and opening it again changes nothing',
  stage,
  async (arrive) => {
    const identity = await app.visitor().register()
    const profile = keptProfile()
    const before = await arrive({}, profile)
    await signIn(before, identity)
    await before.isAt('/dashboard')
    await before.page.context().close()
    const after = await arrive({}, profile)
    await after.open('/dashboard')
    await after.seesHeading(`Hello, ${identity.name}`)
  },
)

story('Not kept signed in: closing the browser signs out', stage, async (arrive) => {
  const identity = await app.visitor().register()
  const profile = keptProfile()
  const before = await arrive({}, profile)
  await before.open('/login')
  await fillIn(before, identity)
  await before.toggle('Keep me signed in')
  await before.press('Sign in')
  await before.isAt('/dashboard')
  await before.page.context().close()
  const after = await arrive({}, profile)
  await after.open('/dashboard')
  await after.isAt('/login?returnTo=%2Fdashboard')
})

story('Sign out another browser: it is out at its next click', stage, async (arrive) => {
  const elsewhere = await arrive()
  const identity = await register(elsewhere)
  const here = await arrive()
  await signIn(here, identity)
  await here.follow('Sessions')
  await here.sees('You are signed in at 2 places.')
  await here.press('End all others')
  await here.sees('one session has ended')
  await elsewhere.follow('Account')
  await elsewhere.isAt('/login?returnTo=%2Faccount')
})

story('End one session of the list', stage, async (arrive) => {
  const elsewhere = await arrive()
  const identity = await register(elsewhere)
  const here = await arrive()
  await signIn(here, identity)
  await here.follow('Sessions')
  await here.press('End the session of')
  await here.sees('You are signed in here and nowhere else.')
})
