import { email, findByEmail } from '../../auth/user.ts'
import { ExpectedError } from '../../errors.ts'
import type { Command } from '../../feature.ts'
import { enable, makeAdmin } from './changes.ts'
import { isUnconfirmed } from './people.ts'

const usage = 'admin EMAIL                     makes this user an admin and enables their account'

/** Makes the first admin, or a new one if no admin can sign in. */
export const adminCommand: Command = {
  usage,
  async run([given, ...more], print) {
    if (!given || more.length > 0) throw new ExpectedError(usage)
    const user = await findByEmail(email.cast(given))
    if (!user) throw new ExpectedError(`No user has the email address ${given}.`)
    await enable(user.id)
    await makeAdmin(user.id)
    print(
      `${user.email} is now an admin.${isUnconfirmed(user) ? " Their email address isn't confirmed." : ''}`,
    )
  },
}
