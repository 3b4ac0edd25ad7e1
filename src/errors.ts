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

/** What kept the app from its database, in one line that says what to do. */
export function connectionError(error: unknown, databaseUrl: string): ExpectedError {
  const host = databaseUrl.replace(/^mongodb(\+srv)?:\/\/(.*@)?/, '').split('/', 1)[0]
  return new ExpectedError(withoutCredentials(explain(error, `MongoDB at ${host}`)))
}

function explain(error: unknown, mongodb: string): string {
  const { name, message, reason } = Object(error)
  // The driver's own message is that of one server, or that the time is up; the description of each server has the cause.
  const { servers, setName } = Object(reason)
  const [server] = [...(servers?.values() ?? [])]
  const cause = server?.error?.cause ?? server?.error ?? error
  const text = `${cause.code ?? ''} ${cause.message}`
  const why = String(message).replace(/\.+$/, '')
  // Of a duplicate not the message, which quotes the value: it may be someone's email address.
  const [, collection, index] = /^11000 .*collection: (\S+) index: (\S+)/s.exec(text) ?? []
  if (collection)
    return `Two documents of ${collection} have one value where the unique index ${index} allows it once. Change or remove one of them, then start again.`
  if (/^8[56] /.test(text))
    return `An index differs from the one this app makes: ${why}. Drop it, then start again.`
  if (servers?.size === 0)
    return `${mongodb} isn't in the replica set ${setName}. Correct replicaSet in DATABASE_URL.`
  if (/ALTNAME_INVALID/.test(text))
    return `The certificate of ${mongodb} doesn't have this name. Use a name that the certificate has in DATABASE_URL.`
  if (/SELF_SIGNED|self-signed|UNABLE_TO_VERIFY|UNABLE_TO_GET|CERT_/.test(text))
    return `The certificate of ${mongodb} isn't from an authority that Node trusts. Add tlsCAFile=/path/to/that/authority's/certificate.pem to DATABASE_URL.`
  if (/secureConnect|secure TLS|EPROTO|WRONG_VERSION/.test(text))
    return `${mongodb} doesn't respond in TLS. Turn TLS on there, or take tls=true out of DATABASE_URL.`
  if (/connection .* closed/.test(text))
    return `${mongodb} closes the connection, as it does to a client without TLS. Add tls=true to DATABASE_URL.`
  if (/ENOTFOUND|EAI_AGAIN/.test(text))
    return `Can't reach ${mongodb}: there is no such host, or its name can't be resolved here. Check DATABASE_URL.`
  if (/ServerSelection/.test(name)) return `Can't reach ${mongodb}. Start it, or check DATABASE_URL.`
  return `${mongodb} refused the connection: ${why}. Check DATABASE_URL.`
}
