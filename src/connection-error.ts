import { ExpectedError, withoutCredentials } from './errors.ts'

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
