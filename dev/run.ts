import { watchForChanges } from './changes.ts'
import { openDatabase } from './database.ts'
import { keepAppRunning, type Reason } from './keep-running.ts'
import { LocalMongoError } from './mongodb/start.ts'
import { keptSecretKey } from './secret-key.ts'
import { readSettings } from './settings.ts'

// npm run dev: a database and the app, which restarts when its files change.

const changes = watchForChanges(['src', '.env'])
const asked = new Promise<Reason>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => resolve({ kind: 'asked' }))
})

let reason: Reason
do reason = await run().catch(explain)
while (reason.kind === 'settings')
if (reason.kind === 'asked') process.exit(0)
if (reason.message) console.error(reason.message)
process.exit(reason.code)

/** Runs with the current settings until there is a reason to stop; stops the app before the database. */
async function run(): Promise<Reason> {
  const settings = readSettings()
  const database = await Promise.race([openDatabase(settings), asked])
  if ('kind' in database) return database
  const env = {
    NODE_ENV: 'development',
    DATABASE_URL: database.uri,
    SECRET_KEY: settings.secretKey ?? keptSecretKey(settings.secretKeyFile),
  }
  const databaseEnded = database.exited.then((message): Reason => ({ kind: 'failed', code: 1, message }))
  const reason = await keepAppRunning(env, changes, Promise.race([asked, databaseEnded]))
  await database.stop()
  return reason
}

/** A database that can't start, or a folder that can't be written, is printed in one line, without a stack. */
function explain(error: Error): Reason {
  if (error instanceof LocalMongoError || 'syscall' in error) {
    return { kind: 'failed', code: 1, message: error.message }
  }
  throw error
}
