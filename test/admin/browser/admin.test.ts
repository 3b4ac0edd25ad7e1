import { describe } from 'node:test'
import { adminCommand } from '../../../src/features/admin/command.ts'
import { admin } from '../../../src/features/admin/index.ts'
import { openBrowser } from '../../browser/support/browser.ts'
import { register, signIn } from '../../browser/support/deeds.ts'
import type { Person } from '../../browser/support/person.ts'
import { story } from '../../browser/support/story.ts'
import { memberSees } from '../../browser/support/tour.ts'
import { startTestApp } from '../../support/app.ts'
import { home, privatePage, signInFirst } from '../../support/home.ts'
import { forgetConfirmation } from '../../support/member.ts'
import { type Person as Identity, newPerson } from '../../support/visitor.ts'

const app = await startTestApp({}, { features: [admin] })
const stage = { address: app.address, browser: await openBrowser() }

async function becomeAdmin({ email }: Identity): Promise<void> {
  await adminCommand.run([email], () => {})
}

/** By their address. */
async function find(person: Person, { email, name }: Identity): Promise<void> {
  await person.open(home)
  await person.follow('People')
  await person.type('Find people', email)
  await person.press('Find by email')
  await person.follow(name)
  await person.seesHeading(name)
}

story(
  'Disable a user, who is signed out at their next click, and enable them again',
  stage,
  async (arrive) => {
    const elsewhere = await arrive()
    const identity = await register(elsewhere)
    const here = await arrive()
    const boss = await register(here)
    await becomeAdmin(boss)
    await find(here, identity)
    await here.press('Disable')
    await here.sees('has been disabled.')
    await elsewhere.open(privatePage)
    await elsewhere.isAt(signInFirst)
    await signIn(elsewhere, identity)
    await elsewhere.sees('This account has been disabled.')
    await here.press('Enable account')
    await here.sees('can sign in again.')
    await signIn(elsewhere, identity)
    await elsewhere.isAt(home)
  },
)

story(
  'Make someone an admin after "is it you?", which sends the form again by itself',
  stage,
  async (arrive) => {
    const identity = await app.visitor().register()
    const here = await arrive()
    const boss = await register(here)
    await becomeAdmin(boss)
    await find(here, identity)
    await forgetConfirmation(app, boss)
    await here.press('Make admin')
    await here.seesHeading("Confirm that it's you")
    await here.type('Your password', boss.password)
    await here.press('Confirm')
    await here.sees('is now an admin.')
  },
)

describe('Accessible in both color schemes, from 320 to 1920 pixels wide, and still while it loads', () => {
  memberSees('Everyone, page by page', stage, async (person, identity) => {
    await becomeAdmin(identity)
    const crowd = Array.from({ length: 60 }, () => ({ ...newPerson(), epoch: 0, createdAt: new Date() }))
    await app.users.insertMany(crowd.map(({ password: _, ...one }) => one))
    await person.open('/admin/people')
    await person.follow('Next page')
    await person.sees('First page')
  })

  memberSees('A search that finds no one', stage, async (person, identity) => {
    await becomeAdmin(identity)
    await person.open('/admin/people?search=nobody')
    await person.sees('No one found')
  })

  memberSees('Yourself', stage, async (person, identity) => {
    await becomeAdmin(identity)
    await person.open('/admin/people')
    await person.follow(identity.name)
    await person.sees('This is you.')
  })

  memberSees(
    'Someone with a long name and address, and the question before they are disabled',
    stage,
    async (person, identity) => {
      await becomeAdmin(identity)
      const long = {
        name: 'Wolfeschlegelsteinhausenbergerdorff '.repeat(2),
        email: `${'long'.repeat(15)}@example.com`,
      }
      const { insertedId } = await app.users.insertOne({
        ...long,
        epoch: 0,
        role: 'admin',
        createdAt: new Date(),
      })
      await person.open('/admin/people')
      await person.open(`/admin/people/${insertedId}`)
      await person.page.getByText('Disable account').last().click()
      await person.sees("'s account?")
    },
  )

  memberSees('Someone who is disabled', stage, async (person, identity) => {
    await becomeAdmin(identity)
    const disabled = { ...newPerson(), epoch: 0, createdAt: new Date(), disabledAt: new Date() }
    const { insertedId } = await app.users.insertOne(disabled)
    await person.open(`/admin/people/${insertedId}`)
    await person.sees('Enable')
  })
})
