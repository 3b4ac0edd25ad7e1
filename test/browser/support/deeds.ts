import { home } from '../../support/home.ts'
import { type Person as Identity, newPerson } from '../../support/visitor.ts'
import type { Person } from './person.ts'

/** Fills in the form, and ends on the landing page. */
export async function register(person: Person, identity: Identity = newPerson()): Promise<Identity> {
  await person.open('/')
  await person.follow('Create account')
  await person.type('Your name', identity.name)
  await person.type('Email address', identity.email)
  await person.type('Password', identity.password)
  await person.press('Create account')
  await person.isAt(home)
  return identity
}

export async function signIn(
  person: Person,
  { email, password }: Pick<Identity, 'email' | 'password'>,
): Promise<void> {
  await person.open('/login')
  await fillIn(person, { email, password })
  await person.press('Sign in')
}

export async function fillIn(
  person: Person,
  { email, password }: Pick<Identity, 'email' | 'password'>,
): Promise<void> {
  await person.type('Email address', email)
  await person.type('Password', password)
}
