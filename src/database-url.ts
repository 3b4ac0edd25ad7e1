import { string } from 'yup'

const pattern = /^mongodb(\+srv)?:\/\/(?:([^@/]+)@)?([^@/]+)\/[^@/?]+(?:\?([^@]*))?$/

export const databaseUrl = string()
  .trim()
  .required(
    'DATABASE_URL is missing. Type the address of your MongoDB (npm run dev prints one): ' +
      'DATABASE_URL=mongodb://127.0.0.1:27017/app',
  )
  .matches(
    pattern,
    'DATABASE_URL needs a host and a database name (in a password write @ as %40 and / as %2F): ' +
      'DATABASE_URL=mongodb://127.0.0.1:27017/app',
  )

/**
 * What an address lacks that leads over a network, in production: passwords and sessions travel there.
 * (OWASP ASVS 12.3.1 and 13.2)
 */
export function networkProblems(url: string): string[] {
  const [, srv, user, hosts = '', query] = pattern.exec(url) ?? []
  if (hosts === '' || hosts.split(',').every(isThisMachine)) return []
  const options = new URLSearchParams(query)
  return [
    user || options.has('authMechanism')
      ? ''
      : 'DATABASE_URL leads to another machine without a user and password: DATABASE_URL=mongodb://user:password@host/app?tls=true',
    srv || options.has('tls') || options.has('ssl')
      ? ''
      : 'DATABASE_URL leads to another machine without TLS. Add tls=true; or tls=false where nobody else is on that network, as between containers of one machine.',
  ].filter(Boolean)
}

function isThisMachine(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$|\.sock$/i.test(host)
}
