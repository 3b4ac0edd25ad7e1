/** What a mail says; views/mail/ gives it its two forms. */
export interface Message {
  subject: string
  lines: readonly string[]
  link?: { label: string; address: string }
}

export function confirmEmail(address: string): Message {
  return {
    subject: 'Confirm your email address',
    lines: ['Please confirm that this is your email address. The link works once, for 24 hours.'],
    link: { label: 'Confirm email address', address },
  }
}

export function emailTaken(): Message {
  return {
    subject: 'Your email address has an account already',
    lines: [
      'Somebody, maybe you, wanted to use this email address for another account. It belongs to this one already, so nothing was changed.',
      'To use it there, delete this account or give it another address first.',
    ],
  }
}

export function emailChangeAsked(newEmail: string): Message {
  return {
    subject: 'Your email address is about to change',
    lines: [
      `Your account is to have the address ${newEmail}. That counts as soon as it is confirmed from there.`,
      'It was not you? Then change your password now: that stops it.',
    ],
  }
}

export function emailChanged(newEmail: string): Message {
  return {
    subject: 'Your email address was changed',
    lines: [
      `Your account now has the address ${newEmail}. You sign in with it, and mails go there.`,
      'It was not you? Then somebody knows your password. Tell the people who run this app.',
    ],
  }
}

export function resetPassword(address: string): Message {
  return {
    subject: 'Choose a new password',
    lines: [
      'With this link you choose a new password. It works once, for 10 minutes.',
      'You did not ask for it? Then do nothing, and everything stays as it is.',
    ],
    link: { label: 'Choose a new password', address },
  }
}

export function passwordChanged(address: string): Message {
  return {
    subject: 'Your password was changed',
    lines: [
      'Your account has a new password, and every session of before has ended.',
      'It was not you? Then choose another one at once, with the help of this mailbox:',
    ],
    link: { label: 'Choose another password', address },
  }
}
