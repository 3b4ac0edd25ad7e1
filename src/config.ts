import { object, string } from 'yup'
import { type Env, nodeEnv, oneOf, plainNumber, readSettings, wholeNumber } from './env.ts'

/** The page after a sign-in, unless another was requested, and its name in the navigation. */
export const homePath = '/dashboard'
export const homeLabel = 'Dashboard'

/** The core's settings, explained in `.env.example`. Features read their own. */
export type Config = Readonly<ReturnType<typeof readConfig>>

/** @throws {ConfigError} naming every bad setting at once */
export function readConfig(env: Env) {
  const settings = readSettings(coreSettings, env)
  const isProduction = settings.NODE_ENV === 'production'
  const origin = settings.APP_ORIGIN ?? `http://localhost:${settings.PORT}`
  return Object.freeze({
    env: settings.NODE_ENV,
    databaseUrl: settings.DATABASE_URL,
    /** The first key signs new cookies; all of them verify. */
    secretKeys: keysOf(settings.SECRET_KEY),
    port: settings.PORT,
    /** Undefined listens on every interface. */
    host: settings.HOST ?? (isProduction ? undefined : 'localhost'),
    /** Such as https://app.example.com, without a path. */
    origin,
    /** Decides Secure cookies, the __Host- prefix and HSTS. */
    https: origin.startsWith('https:'),
    /** Number of proxies in front of the app whose X-Forwarded-* headers are trusted. */
    trustedProxies: settings.TRUST_PROXY,
    logLevel: settings.LOG_LEVEL,
    /** From the stop signal to refusing new connections; meanwhile /readyz returns 503. */
    drainDelayMs: (settings.DRAIN_DELAY_SECONDS ?? (isProduction ? 3 : 0)) * 1000,
    appName: settings.APP_NAME,
    sessionIdleMs: settings.SESSION_IDLE_DAYS * dayMs,
    /** Counted from the sign-in, even if the session is in use. */
    sessionAbsoluteMs: settings.SESSION_ABSOLUTE_DAYS * dayMs,
  })
}

/** For commands that need only MongoDB. @throws {ConfigError} */
export function readDatabaseUrl(env: Env): string {
  return readSettings(object({ DATABASE_URL: databaseUrl }), env).DATABASE_URL
}

const dayMs = 24 * 60 * 60 * 1000
const keyHint = 'Generate one: openssl rand -base64 32'
const urlPattern = /^mongodb(\+srv)?:\/\/(?:([^@/]+)@)?([^@/]+)\/[^@/?]+(?:\?([^@]*))?$/
const urlExample = 'for example DATABASE_URL=mongodb://127.0.0.1:27017/app'
const missingUrl = `DATABASE_URL is missing. Set it to your MongoDB connection string (npm run dev prints one), ${urlExample}`
const badUrl = `DATABASE_URL must have a host and a database name (in a password, write @ as %40 and / as %2F), ${urlExample}`
const badOrigin =
  'APP_ORIGIN must be the URL people open, in lowercase and without a path, for example APP_ORIGIN=https://app.example.com'
const levels = ['info', 'fatal', 'error', 'warn', 'debug', 'trace', 'silent'] as const

const databaseUrl = string().trim().required(missingUrl).matches(urlPattern, badUrl)
const coreSettings = object({
  NODE_ENV: nodeEnv,
  DATABASE_URL: databaseUrl,
  SECRET_KEY: string()
    .required(`SECRET_KEY is missing. ${keyHint}`)
    .test({
      message: `SECRET_KEY is too weak. Each key needs at least 32 random characters. ${keyHint}`,
      test: (keys = '') => keysOf(keys).every(isStrong),
    }),
  PORT: wholeNumber('PORT', 0, 65_535, 3000).default(3000),
  HOST: string(),
  APP_ORIGIN: string()
    .trim()
    .transform((url?: string) => url?.replace(/\/$/, ''))
    .test({ message: badOrigin, test: (url) => url === undefined || isOrigin(url) }),
  TRUST_PROXY: wholeNumber('TRUST_PROXY', 0, 10, 1).default(0),
  LOG_LEVEL: oneOf('LOG_LEVEL', levels).default('info'),
  DRAIN_DELAY_SECONDS: wholeNumber('DRAIN_DELAY_SECONDS', 0, 5, 3),
  APP_NAME: string().trim().max(40, 'APP_NAME must be 40 characters or fewer.').default('Latchkey'),
  SESSION_IDLE_DAYS: days('SESSION_IDLE_DAYS', 14),
  SESSION_ABSOLUTE_DAYS: days('SESSION_ABSOLUTE_DAYS', 30),
})
  .test({
    message: 'SESSION_IDLE_DAYS is longer than SESSION_ABSOLUTE_DAYS. Lower the first or raise the second.',
    // False for NaN, so an invalid number is reported only once.
    test: (all) => !(all.SESSION_IDLE_DAYS > all.SESSION_ABSOLUTE_DAYS),
  })
  // The connection carries passwords and sessions (OWASP ASVS 12.3.1 and 13.2).
  .test({
    message:
      'DATABASE_URL points to another machine but has no user name or password. Use mongodb://user:password@host/app?tls=true',
    test: (all) => !leavesThisMachine(all) || /@|[?&]authMechanism=/.test(all.DATABASE_URL),
  })
  .test({
    message:
      "DATABASE_URL points to another machine but doesn't use TLS. Add tls=true. Use tls=false only on a private network, such as between containers on one machine.",
    test: (all) => !leavesThisMachine(all) || /^mongodb\+srv:|[?&](tls|ssl)=/.test(all.DATABASE_URL),
  })

function days(name: string, fallback: number) {
  const problem = `${name} must be a number of days above 0 and at most 400, for example ${name}=${fallback}`
  // Browsers keep cookies for at most 400 days (RFC 6265bis, section 5.5).
  return plainNumber(problem).positive(problem).max(400, problem).default(fallback)
}

function keysOf(value: string): [string, ...string[]] {
  const [first = '', ...more] = value.split(',').map((key) => key.trim())
  return [first, ...more]
}

/** Length approximates entropy; the other two rules catch sample values and repeated characters. */
function isStrong(key: string): boolean {
  return key.length >= 32 && new Set(key).size >= 10 && !/change|replace|example|secret/i.test(key)
}

function leavesThisMachine({ NODE_ENV, DATABASE_URL }: { NODE_ENV: string; DATABASE_URL: string }): boolean {
  const hosts = urlPattern.exec(DATABASE_URL)?.[3]?.split(',') ?? []
  const here = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$|\.sock$/i
  return NODE_ENV === 'production' && !hosts.every((host) => here.test(host))
}

function isOrigin(url: string): boolean {
  return /^https?:\/\/[^*]+$/.test(url) && URL.canParse(url) && new URL(url).origin === url
}
