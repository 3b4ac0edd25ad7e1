/** Rendered as text and HTML by views/mail/message.*.ejs. */
export interface Message {
  subject: string
  lines: readonly string[]
  link?: { label: string; url: string }
}

export function confirmEmail(url: string, appName: string): Message {
  const when = new Date().toLocaleString('en-US', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' })
  return {
    subject: 'Confirm your email address',
    lines: [
      `On ${when} UTC, someone entered this email address for an account on ${appName}. Please confirm that it's yours. The link works once and expires in 24 hours.`,
      'If this wasn\'t you, ignore this email, and the address will stay unconfirmed. If someone created an account with it, you can make that account yours: use "Forgot your password?" on the sign-in page.',
    ],
    link: { label: 'Confirm email address', url },
  }
}

export function emailTaken(): Message {
  return {
    subject: 'This email address already has an account',
    lines: [
      'Someone, maybe you, tried to use this email address for another account. It already belongs to an account, so nothing was changed.',
      "To use it for the other account, first delete the account that has it now, or change that account's email address.",
    ],
  }
}

export function emailChangeAsked(newEmail: string): Message {
  return {
    subject: 'Request to change your email address',
    lines: [
      `Someone asked to change your account's email address to ${newEmail}. The change takes effect once ${newEmail} is confirmed.`,
      "If this wasn't you, change your password now. That also cancels the request.",
    ],
  }
}

export function emailChanged(newEmail: string): Message {
  return {
    subject: 'Your email address was changed',
    lines: [
      `Your account's email address is now ${newEmail}. Use it to sign in. We'll send emails there.`,
      "If this wasn't you, someone else may know your password. Contact the people who run this app.",
    ],
  }
}

export function resetPassword(url: string): Message {
  return {
    subject: 'Choose a new password',
    lines: [
      'Use this link to choose a new password. It works once and expires in 10 minutes.',
      "If you didn't ask for this, ignore this email. Nothing will change.",
    ],
    link: { label: 'Choose a new password', url },
  }
}

export function passwordChanged(url: string): Message {
  return {
    subject: 'Your password was changed',
    lines: [
      'Your account has a new password. Everyone who was signed in with the old one has been signed out.',
      "If this wasn't you, choose a new password now.",
    ],
    link: { label: 'Choose a new password', url },
  }
}

export function accountDisabled(appName: string): Message {
  return {
    subject: 'Your account was disabled',
    lines: [
      `The people who run ${appName} have disabled your account. You've been signed out everywhere and can't sign in for now. Nothing was deleted.`,
      'If you think this is a mistake, contact them.',
    ],
  }
}

export function accountEnabled(url: string, appName: string): Message {
  return {
    subject: 'Your account was enabled again',
    lines: [
      `The people who run ${appName} have enabled your account again. Everything in it is still there.`,
    ],
    link: { label: 'Sign in', url },
  }
}
