import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'dotenv'
import { type AnyObject, type InferType, number, type ObjectSchema, string, ValidationError } from 'yup'
import { ConfigError } from './errors.ts'

/** Settings by name. An empty value means not set. */
export type Env = Readonly<Record<string, string | undefined>>

/** The environment takes precedence over `.env`. @throws {ConfigError} when `.env` cannot be read */
export function loadEnv(): Env {
  const file = existsSync('.env') ? readText('.env', '.env. Check its permissions, or delete it.') : ''
  // PowerShell's > writes UTF-16, which dotenv can't read.
  if (file.includes('\0')) throw new ConfigError(".env isn't UTF-8 text. Save it as UTF-8.")
  return { ...withoutEmpty(parse(file.replace(/^\uFEFF/, ''))), ...withoutEmpty(process.env) }
}

/** @throws {ConfigError} with one line per bad setting */
export function readSettings<S extends ObjectSchema<AnyObject>>(shape: S, env: Env): InferType<S> {
  try {
    return shape.validateSync(withSecretFiles(env), { abortEarly: false, stripUnknown: true })
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error
    // A number may break two rules that have the same message.
    throw new ConfigError([...new Set(error.inner.map(({ message }) => message))].join('\n'))
  }
}

/** Runs every check, to report all bad settings together. @throws {ConfigError} */
export function checkAll(checks: readonly (() => unknown)[]): void {
  const problems = checks.flatMap((check) => {
    try {
      check()
      return []
    } catch (error) {
      if (error instanceof ConfigError) return [error.message]
      throw error
    }
  })
  if (problems.length > 0) throw new ConfigError(problems.join('\n'))
}

/** @param values the first one is the example in the message */
export function oneOf<const T extends string>(name: string, values: readonly [T, ...T[]]) {
  const list = `${values.slice(0, -1).join(', ')} or ${values.at(-1)}`
  return string().oneOf(values, `${name} must be ${list}, for example ${name}=${values[0]}`)
}

export function wholeNumber(name: string, min: number, max: number, example: number) {
  const problem = `${name} must be a number from ${min} to ${max}, for example ${name}=${example}`
  return plainNumber(problem).integer(problem).min(min, problem).max(max, problem)
}

/** yup alone reads "1 0" as 10. */
export function plainNumber(problem: string) {
  const toNumber = (_value: unknown, typed: unknown) => Number(typed)
  return number().transform(toNumber).typeError(problem)
}

/** Production by default, because a missing setting must never enable development features. */
export const nodeEnv = oneOf('NODE_ENV', ['production', 'development', 'test']).default('production')

/** Container hosts provide secrets as files. A variable with the value itself takes precedence. */
function withSecretFiles(env: Env): Env {
  const secrets = { ...withoutEmpty(env) }
  for (const name of ['DATABASE_URL', 'SECRET_KEY']) {
    const file = secrets[`${name}_FILE`]
    const hint = `the file set in ${name}_FILE. Check its path and permissions.`
    if (file) secrets[name] ??= readText(file, hint).trim()
  }
  return withoutEmpty(secrets)
}

function readText(file: string, hint: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new ConfigError(`Can't read ${hint}`)
  }
}

/** Also drops names such as `constructor`, which every object has and yup fails on. */
function withoutEmpty(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([name, value]) => value?.trim() && !(name in {})))
}
