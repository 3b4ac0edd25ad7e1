/** A refusal that a person sees: the status, and a sentence that says what to do. */
export class HttpError extends Error {
  override readonly name = 'HttpError'

  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
