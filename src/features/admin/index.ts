import type { Feature } from '../../feature.ts'
import { forgetAdmin } from './admins.ts'
import { makeAdmin } from './changes.ts'
import { adminCommand } from './command.ts'
import { adminOnly, peopleRoutes } from './routes.ts'

declare module '../../auth/user.ts' {
  interface UserFields {
    /** Default: member. */
    role?: 'member' | 'admin'
    /** Set while the user can't sign in. */
    disabledAt?: Date
  }
}

/** For admins: find users, see when they were last active, disable and enable them, end their sessions, make them admins. */
export const admin: Feature = {
  name: 'admin',
  userFields: { role: { type: String, enum: ['member', 'admin'] }, disabledAt: Date },
  commands: { admin: adminCommand },
  seed: async (userId) => void (await makeAdmin(userId)),
  install({ use, place, hooks }) {
    use.private('/admin/people', adminOnly, peopleRoutes())
    hooks.maySignIn.push(({ disabledAt }) => !disabledAt)
    hooks.belongings.push({ remove: forgetAdmin })
    place('frame.menu', { view: 'admin/menu', when: ({ user }) => user?.role === 'admin' })
  },
}
