import { fillIn, formsOn } from '../../support/forms.ts'
import { type Person as Identity, newPerson, nextAddress } from '../../support/visitor.ts'
import { assertFlawless } from './flawless.ts'
import type { Person } from './person.ts'
import { type Stage, scene } from './story.ts'

type Go = (person: Person, identity: Identity) => Promise<void>

/** A page or state that a guest can reach. */
export function guestSees(name: string, stage: Stage, go: Go): void {
  scene(`${name}, as a guest`, stage, async (arrive) => {
    const person = await arrive()
    await go(person, newPerson())
    await assertFlawless(person.page)
  })
}

/** A page or state that a newly registered user can reach. */
export function memberSees(name: string, stage: Stage, go: Go): void {
  scene(name, stage, async (arrive) => {
    const person = await arrive()
    const identity = newPerson()
    // Shares its cookies with the page.
    const page = await person.page.request.get(`${stage.address}/register`)
    const form = formsOn(await page.text(), '/register').find(({ action }) => action === '/register')
    if (!form) throw new Error('/register has no form')
    const response = await person.page.request.post(`${stage.address}/register`, {
      form: fillIn(form, { ...identity }),
      headers: { 'Sec-Fetch-Site': 'same-origin', 'X-Forwarded-For': nextAddress() },
      maxRedirects: 0,
    })
    if (response.status() !== 303) throw new Error(`Registering returned ${response.status()}`)
    await go(person, identity)
    await assertFlawless(person.page)
  })
}
