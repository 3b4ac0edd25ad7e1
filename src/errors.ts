import { mongo } from 'mongoose'

/** An error shown to the visitor; the message says what to do. */
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

export type FieldErrors = Readonly<Partial<Record<string, string>>>

/** Thrown for invalid input; the page shows the messages next to the fields. */
export class InvalidFields extends Error {
  readonly fields: FieldErrors
  /** A problem with the form as a whole. */
  readonly problem: string | undefined

  constructor(fields: FieldErrors, problem?: string) {
    super(`Invalid: ${problem ?? Object.keys(fields).join(', ')}`)
    this.fields = fields
    this.problem = problem
  }
}

/** An incorrect password, given to sign in or to confirm. */
export class WrongPassword extends InvalidFields {
  /** @param problem for a form with an email address, because either may be wrong */
  constructor(problem?: string) {
    super(problem ? {} : { password: 'Incorrect password.' }, problem)
  }
}

/** Something the operator can fix. The message is printed without a stack. */
export class ExpectedError extends Error {}

/** Each line names a bad setting and says what to enter. */
export class ConfigError extends ExpectedError {}

/** The work took too long. It may still finish later, unnoticed. */
export class DeadlineError extends Error {}

/** Whether an unavailable MongoDB is the cause; the response is then 503. */
export function isDatabaseAway(error: unknown): boolean {
  if (error instanceof DeadlineError || error instanceof mongo.MongoNetworkError) return true
  if (error instanceof mongo.MongoError && error.hasErrorLabel('RetryableWriteError')) return true
  const { name, code } = Object(error)
  // Node's own error for a connection that was reset while a command was being written.
  if (code === 'ECONNRESET' || code === 'EPIPE') return true
  // By name, because the driver and mongoose do not export all of them.
  return /^Mongo(NotConnected|(ose)?ServerSelection|TopologyClosed|WaitQueueTimeout)Error$/.test(name)
}

/** Whether a unique index refused the write. @param field the first field of the index */
export function isDuplicate(error: unknown, field: string): boolean {
  return error instanceof mongo.MongoServerError && error.code === 11000 && field in (error.keyPattern ?? {})
}

/** Up to the last @, because an unencoded @ may be part of the password. */
export function withoutCredentials(text: string): string {
  return text.replace(/\/\/\S*@/g, '//***@')
}

export function connectionError(error: unknown, databaseUrl: string): ExpectedError {
  const host = databaseUrl.replace(/^mongodb(\+srv)?:\/\/(.*@)?/, '').split('/', 1)[0]
  return new ExpectedError(withoutCredentials(explain(error, `MongoDB at ${host}`)))
}

function explain(error: unknown, mongodb: string): string {
  const { name, message, reason } = Object(error)
  // The driver's own message may only say that time ran out; the cause is in the description of each server.
  const { servers, setName } = Object(reason)
  const [server] = [...(servers?.values() ?? [])]
  const cause = server?.error?.cause ?? server?.error ?? error
  const text = `${cause.code ?? ''} ${cause.message}`
  const why = String(message).replace(/\.+$/, '')
  // For a duplicate, don't show the message, which quotes the value: it may be someone's email address.
  const [, collection, index] = /^11000 .*collection: (\S+) index: (\S+)/s.exec(text) ?? []
  if (collection)
    return `Two documents in ${collection} have the same value, but the unique index ${index} allows it only once. Change or remove one of them, then start the app again.`
  if (/^8[56] /.test(text))
    return `An existing index differs from the one this app needs: ${why}. Drop the existing index, then start the app again.`
  if (servers?.size === 0)
    return `${mongodb} isn't in the replica set ${setName}. Check replicaSet in DATABASE_URL.`
  if (/ALTNAME_INVALID/.test(text))
    return `The certificate of ${mongodb} is for another host name. In DATABASE_URL, use a host name that the certificate covers.`
  if (/SELF_SIGNED|self-signed|UNABLE_TO_VERIFY|UNABLE_TO_GET|CERT_/.test(text))
    return `The certificate of ${mongodb} isn't from an authority that Node.js trusts. Save that authority's certificate in a file, and add tlsCAFile=/path/to/ca.pem to DATABASE_URL.`
  if (/secureConnect|secure TLS|EPROTO|WRONG_VERSION/.test(text))
    return `${mongodb} doesn't use TLS. Turn on TLS there, or remove tls=true from DATABASE_URL.`
  if (/connection .* closed/.test(text))
    return `${mongodb} closed the connection, probably because it requires TLS. Add tls=true to DATABASE_URL.`
  if (/ENOTFOUND|EAI_AGAIN/.test(text))
    return `Can't reach ${mongodb}: the host doesn't exist, or its name can't be resolved here. Check DATABASE_URL.`
  if (/ServerSelection/.test(name)) return `Can't reach ${mongodb}. Start it, or check DATABASE_URL.`
  return `Connecting to ${mongodb} failed: ${why}. Check DATABASE_URL.`
}
