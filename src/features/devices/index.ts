import type { Feature } from '../../feature.ts'
import { sessionsCommand } from './command.ts'
import { deviceRoutes } from './routes.ts'

/** See where you're signed in, end one session or all others. */
export const devices: Feature = {
  name: 'devices',
  commands: { sessions: sessionsCommand },
  install({ use, place, config }) {
    use.private('/sessions', deviceRoutes(config))
    place('frame.menu', { view: 'devices/menu' })
    place('dashboard.cards', { view: 'devices/card' })
    place('account.rows', { view: 'devices/row' })
  },
}
