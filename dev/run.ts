import { watchForChanges } from './changes.ts'
import { openDatabase } from './database.ts'
import { keepAppRunning, type Reason } from './keep-running.ts'
import { LocalMongoError } from './mongodb/start.ts'
import { keptSecretKey } from './secret-key.ts'
import { readSettings } from './settings.ts'

// npm run dev: a database and the app, which starts anew when its files change.

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

/** With the settings as they are now, until there is a reason to stop: first the app, after it the database. */
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

/** Expected are a database that cannot start, and a folder that cannot be written: one line, without a stack. */
function explain(error: Error): Reason {
  if (error instanceof LocalMongoError || 'syscall' in error) {
    return { kind: 'failed', code: 1, message: error.message }
  }
  throw error
}
