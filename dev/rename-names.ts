import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { readConfig } from '../src/config.ts'

/** What was typed cannot be done: one line for the person who typed it. */
export class RenameError extends Error {}

interface Names {
  /** As people read it. */
  appName: string
  /** As npm and Compose have it. */
  packageName: string
}

const usage = 'npm run rename -- "My App"'
const quotes = ["'", '"', '`']

/** @throws {RenameError} and, for what the app itself refuses, {ConfigError} */
export function readNames(typed: string[]): Names {
  const options = { package: { type: 'string' } } as const
  const { values, positionals } = parseArgs({ args: typed, allowPositionals: true, options })
  const [given = '', ...more] = positionals
  if (more.length > 0) throw new RenameError(`A name of several words needs quotes: ${usage}`)
  const name = given.normalize('NFC').replace(/\s+/g, ' ').trim()
  if (name === '') throw new RenameError(`Which name? Type it: ${usage}`)
  if (/\p{Cc}/u.test(name)) throw new RenameError('A name has no control characters.')
  if (quotes.every((quote) => name.includes(quote)))
    throw new RenameError(`A name in .env cannot hold all of ${quotes.join(' ')}: leave one out.`)
  const appName = asTheAppReads(name)
  return { appName, packageName: packageNameOf(values.package ?? slug(appName), appName) }
}

/** In .env, which knows three kinds of quotes and no way to escape them. */
export function inDotenv(name: string): string {
  if (/^[\p{L}\p{N}][\p{L}\p{N} .,&!?()+-]*$/u.test(name)) return name
  const quote = quotes.find((one) => !name.includes(one))
  return `${quote}${name}${quote}`
}

export function inTypeScript(name: string): string {
  return `'${name.replace(/[\\']/g, '\\$&')}'`
}

/** The rule for its length is the app's; everything else here only has to be valid. */
function asTheAppReads(name: string): string {
  return readConfig({
    NODE_ENV: 'development',
    DATABASE_URL: 'mongodb://127.0.0.1/any',
    SECRET_KEY: randomBytes(32).toString('base64'),
    APP_NAME: name,
  }).appName
}

function slug(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}|['’]/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
}

function packageNameOf(name: string, appName: string): string {
  const instead = `Give one in small letters: npm run rename -- "${appName}" --package my-app`
  // npm's rule, Compose's, and no name that npm keeps for itself.
  if (!/^[a-z0-9][a-z0-9_-]{0,60}$/.test(name) || name === 'node_modules')
    throw new RenameError(`"${name}" cannot be the package's name. ${instead}`)
  const { dependencies, devDependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
  if (name in { ...dependencies, ...devDependencies })
    throw new RenameError(`The package ${name} is one that this app uses. ${instead}`)
  return name
}
