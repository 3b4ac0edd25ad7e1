import { join } from 'node:path'
import { config } from 'dotenv'

export interface Settings {
  /** NODE_ENV, if set. */
  environment: string | undefined
  databaseUrl: string | undefined
  databasePort: string
  databaseFolder: string
  secretKey: string | undefined
  secretKeyFile: string
}

const defaultPort = '27027' // not 27017, which an installed MongoDB may use

/** Settings of `npm run dev` and similar commands; the environment takes precedence over `.env`. An empty value means not set. */
export function readSettings(): Settings {
  const values = withoutEmpty(process.env)
  config({ quiet: true, processEnv: values }) // not into process.env, because the app reads .env itself at each restart
  const { NODE_ENV, DATABASE_URL, DATABASE_PORT, SECRET_KEY, DATA_FOLDER = '.data' } = withoutEmpty(values)
  return {
    environment: NODE_ENV,
    databaseUrl: DATABASE_URL,
    databasePort: DATABASE_PORT ?? defaultPort,
    databaseFolder: join(DATA_FOLDER, 'mongodb'),
    secretKey: SECRET_KEY,
    secretKeyFile: join(DATA_FOLDER, 'secret-key'),
  }
}

function withoutEmpty(values: Record<string, string | undefined>): Record<string, string> {
  const filled: Record<string, string> = {}
  for (const [name, value] of Object.entries(values)) if (value?.trim()) filled[name] = value
  return filled
}
