/** A refusal that a person sees: the status, and a sentence that says what to do. */
export class HttpError extends Error {
  override readonly name: string = 'HttpError'

  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** A refusal that waiting cures: too many tries of one visitor (429), or too much work for now (503). */
export class TryLater extends HttpError {
  override readonly name = 'TryLater'

  readonly retryAfterSeconds: number

  constructor(status: 429 | 503, message: string, retryAfterSeconds: number) {
    super(status, message)
    this.retryAfterSeconds = retryAfterSeconds
  }
}
