import { homePath } from '../../config.ts'
import type { Core, Feature } from '../../feature.ts'
import { type Deliver, isRejected, render, smtp, withoutAnswer } from './deliver.ts'
import { emailChangeRoutes } from './email-change.ts'
import { mailbox } from './mailbox.ts'
import { accountDisabled, accountEnabled, emailChanged, type Message, passwordChanged } from './messages.ts'
import { type PendingEmail, pendingEmail, pendingOf } from './pending.ts'
import { resetRoutes } from './reset.ts'
import { mailSettings } from './settings.ts'
import { askToConfirm, verificationRoutes, verifiedOnly } from './verification.ts'

declare module '../../auth/user.ts' {
  interface UserFields {
    /** Not set until the user has confirmed their email address. */
    emailVerifiedAt?: Date
    /** Replaces `email` once it is confirmed. */
    pendingEmail?: PendingEmail
  }
}

/** Pages with the reminder to confirm. */
const remindedOn = new RegExp(`^(${homePath}|/account)/?(\\?|$)`)

interface QueuedEmail {
  to: string
  message: Message
}

/** Confirm and change email addresses, reset forgotten passwords, notify users of changes to their account. */
export const mail: Feature = {
  name: 'mail',
  needs: ['account'],
  settings: mailSettings,
  userFields: { emailVerifiedAt: Date, pendingEmail },
  install(core) {
    const settings = mailSettings(core.env)
    const deliver = settings.on ? carrier(core) : undefined
    const { use, place, hooks, later } = core
    // Without email too, so that other features need no check.
    later.handle<QueuedEmail>('mail', async ({ to, message }) => {
      if (deliver) await send(deliver, core, to, message)
    })
    if (!deliver) return
    const mailbox = settings.smtpUrl ? undefined : '/dev/mailbox'
    notifyOfChanges(core)
    askToConfirm(core)
    use.open(resetRoutes(core))
    use.open(verificationRoutes(core))
    use.private('/account/email', emailChangeRoutes(core))
    if (settings.requireVerified) hooks.privateGates.use(verifiedOnly)
    place('auth.sign-in-help', { view: 'mail/forgot' })
    place('account.email', { view: 'mail/row', data: ({ user }) => ({ pending: user && pendingOf(user) }) })
    place('frame.banner', {
      view: 'mail/banner',
      when: ({ user, originalUrl }) =>
        user !== undefined && !user.emailVerifiedAt && remindedOn.test(originalUrl),
      data: ({ query }) => ({ isSent: query.sent === 'on', mailbox }),
    })
  },
}

function carrier({ env, config, use, startupNotes }: Core): Deliver | undefined {
  const settings = mailSettings(env)
  if (settings.smtpUrl) return smtp(settings)
  if (config.env !== 'development') return undefined
  const { deliver, router } = mailbox(env, config)
  use.open(router)
  startupNotes.push(`Emails don't leave this machine. Read them at ${config.origin}/dev/mailbox`)
  return deliver
}

function notifyOfChanges({ on, later, config }: Core): void {
  on('passwordChanged', ({ user }) => {
    later.add('mail', { to: user.email, message: passwordChanged(`${config.origin}/forgot-password`) })
  })
  on('emailChanged', ({ user, formerEmail }) => {
    later.add('mail', { to: formerEmail, message: emailChanged(user.email) })
  })
  on('disabled', ({ user }) =>
    later.add('mail', { to: user.email, message: accountDisabled(config.appName) }),
  )
  on('enabled', ({ user }) => {
    later.add('mail', { to: user.email, message: accountEnabled(`${config.origin}/login`, config.appName) })
  })
}

async function send(deliver: Deliver, { config, log }: Core, to: string, message: Message): Promise<void> {
  try {
    await deliver(await render(to, message, config))
  } catch (error) {
    if (!isRejected(error)) throw withoutAnswer(error)
    log.error({ subject: message.subject }, 'The mail server rejected an email')
  }
}
