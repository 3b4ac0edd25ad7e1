import mongoose from 'mongoose'
import { readDatabaseUrl } from '../config.ts'
import { connectionError } from '../connection-error.ts'
import { prepareFeatures } from '../core.ts'
import { connectDatabase } from '../database.ts'
import { loadEnv } from '../env.ts'
import { ExpectedError } from '../errors.ts'
import type { Command } from '../feature.ts'
import { features } from '../features.ts'
import { withoutCredentials } from '../log.ts'

// npm run operator -- NAME …, in the database set in DATABASE_URL.
const commands: Readonly<Record<string, Command>> = Object.assign({}, ...features.map((one) => one.commands))

try {
  const [name = '', ...args] = process.argv.slice(2)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  const usages = Object.values(commands).map(({ usage }) => usage)
  if (!command) throw new ExpectedError(['Usage: npm run operator -- …', ...usages].join('\n'))
  const env = loadEnv()
  const url = readDatabaseUrl(env)
  prepareFeatures(features, { ...env, NODE_ENV: 'development' })
  await connectDatabase(url).catch((error) => {
    throw connectionError(error, url)
  })
  await command.run(args, (line) => process.stdout.write(`${line}\n`))
} catch (error) {
  const isExpected = error instanceof ExpectedError
  const text = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${isExpected ? text : withoutCredentials(text)}\n`)
  process.exitCode = 1
} finally {
  await mongoose.disconnect()
}
