import type { Person } from './visitor.ts'

interface Route {
  readonly method: 'GET' | 'POST'
  readonly path: string
  /** Who may use it; guests' pages send members on, and members' pages send guests to sign in. */
  readonly who: 'everybody' | 'guests' | 'members'
  /** Names of what its form sends. */
  readonly fields?: readonly string[]
}

/** Every route that needs to know who asks. test/security/v08-access.test.ts compares it with src/routes/. */
export const routes: readonly Route[] = [
  { method: 'GET', path: '/', who: 'everybody' },
  { method: 'POST', path: '/logout', who: 'everybody', fields: [] },
  { method: 'GET', path: '/register', who: 'guests' },
  { method: 'POST', path: '/register', who: 'guests', fields: ['name', 'email', 'password', 'returnTo'] },
  { method: 'GET', path: '/login', who: 'guests' },
  { method: 'POST', path: '/login', who: 'guests', fields: ['email', 'password', 'remember', 'returnTo'] },
  { method: 'GET', path: '/dashboard', who: 'members' },
  { method: 'GET', path: '/sessions', who: 'members' },
  { method: 'POST', path: '/sessions/end-others', who: 'members', fields: [] },
  { method: 'POST', path: '/sessions/:id/end', who: 'members', fields: [] },
  { method: 'GET', path: '/account', who: 'members' },
  { method: 'GET', path: '/account/name', who: 'members' },
  { method: 'POST', path: '/account/name', who: 'members', fields: ['name'] },
  { method: 'GET', path: '/account/password', who: 'members' },
  { method: 'POST', path: '/account/password', who: 'members', fields: ['password', 'new-password'] },
  { method: 'GET', path: '/account/delete', who: 'members' },
  { method: 'POST', path: '/account/delete', who: 'members', fields: ['password'] },
]

export const forms = routes.filter(({ method }) => method === 'POST')

/** A form as its owner would fill it in. */
export function filledIn({ fields = [] }: Route, { name, email, password }: Person): Record<string, string> {
  const values: Record<string, string> = {
    name,
    email,
    password,
    'new-password': 'eleven purple kettles',
    remember: 'on',
    returnTo: '/sessions',
  }
  return Object.fromEntries(fields.map((field) => [field, values[field] ?? '']))
}
