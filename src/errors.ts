import { mongo } from 'mongoose'

/** A refusal that a person sees: its status, and a sentence that says what to do. */
export class HttpError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** An error that waiting fixes: too many attempts (429), or the server is too busy (503). */
export class TryLater extends HttpError {
  readonly retryAfterSeconds: number

  constructor(status: 429 | 503, message: string, retryAfterSeconds: number) {
    super(status, message)
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** What is wrong with a form: a sentence per field; empty when all is well. */
export type FieldErrors = Readonly<Partial<Record<string, string>>>

/** A model refuses what it was given; the route shows the sentences beside the fields. */
export class InvalidFields extends Error {
  readonly fields: FieldErrors
  /** What is wrong with none of the fields, or with several together. */
  readonly problem: string | undefined

  constructor(fields: FieldErrors, problem?: string) {
    super(`Invalid: ${problem ?? Object.keys(fields).join(', ')}`)
    this.fields = fields
    this.problem = problem
  }
}

/** The password that someone gave to prove who they are. */
export class WrongPassword extends InvalidFields {
  /** @param problem where an email address came with it, and either may be wrong */
  constructor(problem?: string) {
    super(problem ? {} : { password: 'Incorrect password.' }, problem)
  }
}

/** What the person at the terminal can mend, a line each. */
export class ExpectedError extends Error {}

/** Bad configuration: each line names a setting and says what to type. */
export class ConfigError extends ExpectedError {}

/** The work took longer than its deadline. It may still finish later, unseen. */
export class DeadlineError extends Error {}

/** Whether MongoDB, and not the code or the visitor, is the cause: such a request is answered with 503. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof DeadlineError || error instanceof mongo.MongoNetworkError) return true
  if (error instanceof mongo.MongoError && error.hasErrorLabel('RetryableWriteError')) return true
  const { name, code } = Object(error)
  // A connection that was reset while a command was being written comes as Node's own error.
  if (code === 'ECONNRESET' || code === 'EPIPE') return true
  // By name, because the driver and mongoose do not export all of them.
  return /^Mongo(NotConnected|(ose)?ServerSelection|TopologyClosed|WaitQueueTimeout)Error$/.test(name)
}

/** Whether a unique index refused the write. @param field the first of the index */
export function isDuplicate(error: unknown, field: string): boolean {
  return error instanceof mongo.MongoServerError && error.code === 11000 && field in (error.keyPattern ?? {})
}

/** Drivers quote connection strings; up to the last @, because an unencoded one may be part of the password. */
export function withoutCredentials(text: string): string {
  return text.replace(/\/\/\S*@/g, '//***@')
}
