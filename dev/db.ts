import { startDatabase } from './database.ts'
import { LocalMongoError } from './mongodb/start.ts'
import { readSettings } from './settings.ts'

// npm run db: only the local MongoDB, for mongosh, Compass or an app that you start yourself.
try {
  const database = await startDatabase(readSettings())
  let asked = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      asked = true
      database.stop()
    })
  }
  const explanation = await database.exited
  if (!asked) throw new LocalMongoError(explanation)
} catch (error) {
  if (!(error instanceof LocalMongoError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
