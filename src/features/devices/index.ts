import type { Feature } from '../../feature.ts'
import { sessionsCommand } from './command.ts'
import { deviceRoutes } from './routes.ts'

/** Your sessions: see where you are signed in, end one, end all others. */
export const devices: Feature = {
  name: 'devices',
  commands: { sessions: sessionsCommand },
  install({ use, place, config }) {
    use.private('/sessions', deviceRoutes(config))
    place('frame.navigation', { view: 'devices/navigation', when: (req) => req.user !== undefined })
    place('account.rows', { view: 'devices/row' })
  },
}
