import type { Feature } from '../../feature.ts'
import { sessionsCommand } from './command.ts'
import { deviceRoutes } from './routes.ts'

/** Your sessions: see where you are signed in, end one, end all others. */
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
