import type { ServerResponse } from 'node:http'
import { issueConfirmation, isTaken } from '../models/email-address.ts'
import { issueReset } from '../models/password-reset.ts'
import type { UserDocument } from '../models/user.ts'
import * as messages from './messages.ts'
import type { Outbox } from './outbox.ts'
import { type Letterhead, render } from './render.ts'

/** The mails that an account brings with it. None is waited for, and none shows in the answer. */
export class AccountMails {
  readonly #outbox: Outbox
  readonly #letterhead: Letterhead

  constructor(outbox: Outbox, letterhead: Letterhead) {
    this.#outbox = outbox
    this.#letterhead = letterhead
  }

  /** With the link that confirms the person's address. */
  confirmEmail(res: ServerResponse, user: UserDocument): void {
    this.#outbox.afterAnswer(res, async () => {
      const token = await issueConfirmation(user, user.email)
      return this.#mail(user.email, messages.confirmEmail(this.#link('/confirm-email', token)))
    })
  }

  /** With the link that puts the new address in the place of the old one, which is told. */
  confirmNewEmail(res: ServerResponse, user: UserDocument, newEmail: string): void {
    this.#outbox.afterAnswer(res, async () => {
      if (await isTaken(newEmail)) return this.#mail(newEmail, messages.emailTaken())
      const token = await issueConfirmation(user, newEmail)
      return this.#mail(newEmail, messages.confirmEmail(this.#link('/confirm-email', token)))
    })
    this.#tell(res, user.email, messages.emailChangeAsked(newEmail))
  }

  emailChanged(res: ServerResponse, formerEmail: string, newEmail: string): void {
    this.#tell(res, formerEmail, messages.emailChanged(newEmail))
  }

  /** With the link to a new password, if the address is anybody's. */
  resetPassword(res: ServerResponse, email: string): void {
    this.#outbox.afterAnswer(res, async () => {
      const reset = await issueReset(email)
      return reset && this.#mail(email, messages.resetPassword(this.#link('/reset-password', reset.token)))
    })
  }

  passwordChanged(res: ServerResponse, { email }: UserDocument): void {
    this.#tell(res, email, messages.passwordChanged(`${this.#letterhead.origin}/forgot-password`))
  }

  #tell(res: ServerResponse, to: string, message: messages.Message): void {
    this.#outbox.afterAnswer(res, () => this.#mail(to, message))
  }

  #mail(to: string, message: messages.Message) {
    return render(to, message, this.#letterhead)
  }

  #link(path: string, token: string): string {
    return `${this.#letterhead.origin}${path}?token=${token}`
  }
}
