/** What is wrong with a form, a sentence a field; an empty object when all is well. */
export type FieldErrors = Readonly<Partial<Record<string, string>>>

/** A model refuses what it was given; a route shows the sentences beside the fields. */
export class InvalidFields extends Error {
  override readonly name = 'InvalidFields'

  readonly fields: FieldErrors

  constructor(fields: FieldErrors) {
    super(`Invalid: ${Object.keys(fields).join(', ')}`)
    this.fields = fields
  }
}

/** The password that a person gave to prove who they are. */
export class WrongPassword extends InvalidFields {
  constructor(message = 'This is not your password.') {
    super({ password: message })
  }
}
