import { readConfig } from '../../src/config.ts'
import { ConfigError } from '../../src/errors.ts'

export const key = 'xk3vQ9mZr7TpLw2sBd8hNfYc5GjVu4Ae'

/** What every app needs. */
export const required = {
  DATABASE_URL: 'mongodb://127.0.0.1:27017/app',
  SECRET_KEY: key,
}

/** The error lines for these variables, in addition to the required ones. */
export function errorsOf(env: Record<string, string | undefined>): string[] {
  try {
    readConfig({ ...required, ...env })
    return []
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return error.message.split('\n')
  }
}
