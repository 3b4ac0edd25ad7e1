import { readFileSync, writeFileSync } from 'node:fs'
import { shown } from './mongodb/errors.ts'
import { type LocalMongo, LocalMongoError, startLocalMongo } from './mongodb/start.ts'
import type { Settings } from './settings.ts'

type Database = Pick<LocalMongo, 'uri' | 'exited' | 'stop'>

/** The database set in DATABASE_URL, or the project's own. @throws {LocalMongoError} */
export async function openDatabase(settings: Settings): Promise<Database> {
  const { databaseUrl } = settings
  if (!databaseUrl) return startDatabase(settings)
  announce([
    ['Database', 'the one that DATABASE_URL names'],
    ['Address', withoutSecrets(databaseUrl)],
  ])
  return { uri: databaseUrl, exited: new Promise(() => {}), stop: async () => {} }
}

/** Starts the project's own MongoDB and prints its version and address. @throws {LocalMongoError} */
export async function startDatabase({ databasePort, databaseFolder }: Settings): Promise<LocalMongo> {
  const port = Number(databasePort)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new LocalMongoError(
      'DATABASE_PORT must be a number from 0 (any port) to 65535, for example DATABASE_PORT=27027',
    )
  }
  const database = await startLocalMongo({ folder: databaseFolder, port })
  writeFileSync(`${databaseFolder}.url`, database.uri)
  announce([
    ['Database', `${database.description}, for development only: production uses your own MongoDB`],
    ['Address', `${database.uri}, kept in ${shown(database.folder)}`],
  ])
  return database
}

/** The project's own MongoDB, or the one that npm run dev has already started. @throws {LocalMongoError} */
export async function joinDatabase(settings: Settings): Promise<Pick<LocalMongo, 'uri' | 'stop'>> {
  try {
    return await startDatabase({ ...settings, databasePort: '0' })
  } catch (error) {
    if (!(error instanceof LocalMongoError && error.message.includes(' is in use by '))) throw error
    return { uri: readFileSync(`${settings.databaseFolder}.url`, 'utf8'), stop: async () => {} }
  }
}

/** Up to the last @, because an unencoded @ may be part of the password. Options can hold secrets too. */
export function withoutSecrets(databaseUrl: string): string {
  return databaseUrl.replace(/\/\/.*@/s, '//***@').replace(/\?.*/s, '')
}

function announce(lines: [string, string][]): void {
  for (const [name, value] of lines) console.log(`  ${name.padEnd(10)}${value}`)
}
