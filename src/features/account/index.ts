import type { Feature } from '../../feature.ts'
import { accountPages } from './routes.ts'

/** Your account: change the name or the password, delete it. */
export const account: Feature = {
  name: 'account',
  install({ use, place }) {
    use.private('/account', accountPages())
    place('frame.navigation', { view: 'account/navigation', when: (req) => req.user !== undefined })
  },
}
