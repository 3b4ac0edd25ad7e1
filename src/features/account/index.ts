import { Router } from 'express'
import type { Feature } from '../../feature.ts'
import { accountPages } from './routes.ts'

/** Change your name or password, download your data, delete your account. */
export const account: Feature = {
  name: 'account',
  install({ use, place }) {
    use.private('/account', accountPages())
    // For password managers: https://w3c.github.io/webappsec-change-password-url/
    use.open(
      Router().get('/.well-known/change-password', (_req, res) => res.redirect(303, '/account/password')),
    )
    place('frame.menu', { view: 'account/menu' })
    place('dashboard.cards', { view: 'account/card' })
  },
}
