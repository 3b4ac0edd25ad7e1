import { ExpectedError } from './errors.ts'
import { withoutCredentials } from './log.ts'

/** What kept the app from its database, in one line that says what to do. @param setting that holds the address */
export function connectionError(error: unknown, databaseUrl: string, setting = 'DATABASE_URL'): unknown {
  if (!(error instanceof Error) || error instanceof ExpectedError) return error
  const host = databaseUrl.replace(/^mongodb(\+srv)?:\/\/(.*@)?/, '').split('/', 1)[0] ?? ''
  // The driver's own message is that of one server, or that the time is up; the description of each server has the cause.
  const { servers, setName } = Object(Object(error).reason)
  const [server] = [...(servers?.values() ?? [])]
  const cause = server?.error?.cause ?? server?.error ?? error
  const text = withoutCredentials(`${cause.code ?? ''} ${cause.message}`)
  if (servers?.size === 0)
    return new ExpectedError(
      `MongoDB at ${host} isn't in the replica set ${setName}. Correct replicaSet in ${setting}.`,
    )
  const known = causes.find(([pattern]) => pattern.test(text))
  if (known) return new ExpectedError(`${known[1].replace('HOST', host)} ${known[2]} ${setting}.`)
  if (error.name.includes('ServerSelection'))
    return new ExpectedError(`Can't reach MongoDB at ${host}. Start it, or check ${setting}.`)
  // Not the message, which quotes the value: it may be someone's email address.
  const [, collection, index] = /^11000 .*collection: (\S+) index: (\S+)/s.exec(text) ?? []
  if (collection)
    return new ExpectedError(
      `Two documents of ${collection} have one value where the unique index ${index} allows it once. Change or remove one of them, then start again.`,
    )
  const why = withoutCredentials(error.message).replace(/\.+$/, '')
  if (/^8[56] /.test(text))
    return new ExpectedError(
      `An index differs from the one this app makes: ${why}. Drop it, then start again.`,
    )
  return new ExpectedError(`MongoDB at ${host} refused the connection: ${why}. Check ${setting}.`)
}

const causes: readonly (readonly [pattern: RegExp, fault: string, remedy: string])[] = [
  [
    /ALTNAME_INVALID/,
    "The certificate of MongoDB at HOST doesn't have this name.",
    'Use a name that the certificate has in',
  ],
  [
    /SELF_SIGNED|self-signed|UNABLE_TO_VERIFY|UNABLE_TO_GET|CERT_/,
    "The certificate of MongoDB at HOST isn't from an authority that Node trusts.",
    "Add tlsCAFile=/path/to/that/authority's/certificate.pem to",
  ],
  [
    /secureConnect|secure TLS|EPROTO|WRONG_VERSION/,
    "MongoDB at HOST doesn't respond in TLS.",
    'Turn TLS on there, or take tls=true out of',
  ],
  [
    /connection .* closed/,
    'MongoDB at HOST closes the connection, as it does to a client without TLS.',
    'Add tls=true to',
  ],
  [/ENOTFOUND|EAI_AGAIN/, "There is no host named HOST, or its name can't be resolved from here.", 'Check'],
]
