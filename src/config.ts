import { readFileSync } from 'node:fs'
import { config as loadDotenv } from 'dotenv'
import { number, object, string } from 'yup'
import { atMost, checked } from './checked.ts'
import { databaseUrl, networkProblems } from './database-url.ts'
import { type MailSettings, mailProblems, mailSettings, mailVariables } from './mail-settings.ts' // mail

/** Every setting of the app, checked once at the start. What each one means stands in .env.example. */
export interface Config {
  readonly env: 'development' | 'test' | 'production'
  readonly databaseUrl: string
  /** The first signs new cookies, all of them verify. */
  readonly secretKeys: readonly [string, ...string[]]
  readonly port: number
  /** Undefined listens on every interface. */
  readonly host: string | undefined
  /** Public address without a path, such as https://app.example.com. */
  readonly origin: string
  /** Whether the origin is https: decides Secure cookies, the __Host- prefix and HSTS. */
  readonly https: boolean
  /** Number of proxies in front whose X-Forwarded-* headers are believed. */
  readonly trustedProxies: number
  readonly logLevel: string
  /** Where Prometheus reads; undefined: nowhere, and nothing is counted. */
  readonly metrics: { readonly port: number; readonly host: string } | undefined
  /** From a signal to stop until no new connection is taken: readiness says no meanwhile. Milliseconds. */
  readonly drainDelayMs: number
  readonly appName: string
  /** A session unused for this long ends. Milliseconds. */
  readonly sessionIdleMs: number
  /** A session ends this long after its sign-in, however much it is used. Milliseconds. */
  readonly sessionAbsoluteMs: number
  readonly mail: MailSettings // mail
}

type Environment = Readonly<Record<string, string | undefined>>

/** Bad configuration: each line names a variable and says what to type. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Reads .env, then the environment, which wins. @throws {ConfigError} naming every bad value at once */
export function loadConfig(): Config {
  loadDotenv({ quiet: true })
  return readConfig(process.env)
}

/** For commands that need no more than MongoDB. @throws {ConfigError} */
export function loadDatabaseUrl(): string {
  loadDotenv({ quiet: true })
  const { data, problems } = checked(object({ DATABASE_URL: databaseUrl }), given(process.env))
  if (!data) throw new ConfigError(messages(problems).join('\n'))
  return data.DATABASE_URL
}

/** @throws {ConfigError} naming every bad value at once */
export function readConfig(env: Environment): Config {
  const values = given(env)
  const { data, problems: wrong } = checked(variables, values)
  const problems = messages(wrong)
  if ((values.NODE_ENV ?? 'production') === 'production')
    problems.push(...networkProblems(values.DATABASE_URL ?? ''))
  problems.push(...mailProblems(values)) // mail
  if (!data || problems.length > 0) throw new ConfigError(problems.join('\n'))
  const origin = data.APP_ORIGIN ?? `http://localhost:${data.PORT}`
  return Object.freeze({
    env: data.NODE_ENV,
    databaseUrl: data.DATABASE_URL,
    secretKeys: keysOf(data.SECRET_KEY),
    port: data.PORT,
    host: data.HOST ?? (data.NODE_ENV === 'production' ? undefined : 'localhost'),
    origin,
    https: origin.startsWith('https:'),
    trustedProxies: data.TRUST_PROXY,
    logLevel: data.LOG_LEVEL,
    metrics: data.METRICS_PORT ? { port: data.METRICS_PORT, host: data.METRICS_HOST } : undefined,
    drainDelayMs: (data.DRAIN_DELAY_SECONDS ?? (data.NODE_ENV === 'production' ? 3 : 0)) * 1000,
    appName: data.APP_NAME,
    sessionIdleMs: data.SESSION_IDLE_DAYS * dayMs,
    sessionAbsoluteMs: data.SESSION_ABSOLUTE_DAYS * dayMs,
    mail: mailSettings(data), // mail
  })
}

const dayMs = 24 * 60 * 60 * 1000
const makeKey = 'Make one: openssl rand -base64 32'

const variables = object({
  // Anything that does not say otherwise is production: a forgotten variable must not open a developer's door.
  NODE_ENV: string()
    .oneOf(
      ['development', 'test', 'production'] as const,
      'NODE_ENV is one of development, test, production.',
    )
    .default('production'),
  DATABASE_URL: databaseUrl,
  // Files that hold the one above, and the one below: see withSecretFiles.
  DATABASE_URL_FILE: string(),
  SECRET_KEY_FILE: string(),
  SECRET_KEY: string()
    .required(`SECRET_KEY is missing. ${makeKey}`)
    .test('strong', `SECRET_KEY is weak: each key needs 32 random characters or more. ${makeKey}`, (value) =>
      keysOf(value).every(isStrong),
    ),
  PORT: integer(0, 65_535, 'PORT is a number from 0 to 65535: PORT=3000').default(3000),
  HOST: string(),
  APP_ORIGIN: string()
    .trim()
    .transform((value: string | undefined) => value?.replace(/\/$/, ''))
    .test(
      'origin',
      'APP_ORIGIN is the address people open, without a path: APP_ORIGIN=https://app.example.com',
      (value) => value === undefined || isOrigin(value),
    ),
  TRUST_PROXY: integer(
    0,
    10,
    'TRUST_PROXY is the number of proxies in front of the app: TRUST_PROXY=1',
  ).default(0),
  LOG_LEVEL: string()
    .oneOf(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'LOG_LEVEL is one of fatal, error, warn, info, debug, trace, silent: LOG_LEVEL=info',
    )
    .default('info'),
  METRICS_PORT: integer(1, 65_535, 'METRICS_PORT is a number from 1 to 65535: METRICS_PORT=9464'),
  METRICS_HOST: string().default('127.0.0.1'),
  DRAIN_DELAY_SECONDS: integer(0, 5, 'DRAIN_DELAY_SECONDS is a number from 0 to 5: DRAIN_DELAY_SECONDS=3'),
  APP_NAME: string().trim().test(atMost(40, 'APP_NAME has at most 40 characters.')).default('Latchkey'),
  SESSION_IDLE_DAYS: days(14, 'SESSION_IDLE_DAYS'),
  SESSION_ABSOLUTE_DAYS: days(30, 'SESSION_ABSOLUTE_DAYS'),
  ...mailVariables, // mail
}).test(
  'limits',
  'SESSION_IDLE_DAYS is longer than SESSION_ABSOLUTE_DAYS. Lower the first or raise the second.',
  // Also when another variable is bad: all that is wrong is said at once. A comparison with what is no number is false.
  ({ SESSION_IDLE_DAYS, SESSION_ABSOLUTE_DAYS }) => !(SESSION_IDLE_DAYS > SESSION_ABSOLUTE_DAYS),
)

function given(env: Environment): Environment {
  return withoutEmpty(withSecretFiles(withoutEmpty(env)))
}

/**
 * `PORT=` in a .env file means "not set", not "the empty string"; so does a secret file without content. What has the name of
 * something that every object has, such as `constructor`, is none of ours, and yup stumbles over it.
 */
function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name, value]) => value?.trim() && !(name in {})))
}

/** Container hosts hand out secrets as files; a variable that holds the value itself wins. */
function withSecretFiles(env: Environment): Environment {
  const fromFiles = ['DATABASE_URL', 'SECRET_KEY'].flatMap((name) => {
    const file = env[`${name}_FILE`]
    return file && !env[name] ? [[name, contentOf(file, `${name}_FILE`)]] : []
  })
  return { ...env, ...Object.fromEntries(fromFiles) }
}

function contentOf(file: string, name: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch {
    throw new ConfigError(`${name} names a file that cannot be read. Correct the path, or who may read it.`)
  }
}

/** Each once: a number may break two rules that say the same. */
function messages(problems: readonly { message: string }[]): string[] {
  return [...new Set(problems.map(({ message }) => message))]
}

function keysOf(value: string): [string, ...string[]] {
  const [first = '', ...more] = value.split(',').map((key) => key.trim())
  return [first, ...more]
}

/** Length stands in for entropy; the two other rules catch the sample value and a key leaned on the keyboard. */
function isStrong(key: string): boolean {
  return key.length >= 32 && new Set(key).size >= 10 && !/change|replace|example|secret/i.test(key)
}

/** yup by itself takes "1 0" for 10. */
function plainNumber() {
  return number().transform((_value, typed) => Number(typed))
}

function integer(min: number, max: number, error: string) {
  return plainNumber().typeError(error).integer(error).min(min, error).max(max, error)
}

function days(fallback: number, name: string) {
  const error = `${name} is a number of days above 0 and at most 400: ${name}=${fallback}`
  // 400 days is as long as browsers keep a cookie (RFC 6265bis, section 5.5).
  return plainNumber().typeError(error).positive(error).max(400, error).default(fallback)
}

function isOrigin(value: string): boolean {
  return /^https?:/.test(value) && URL.canParse(value) && new URL(value).origin === value
}
