import mongoose from 'mongoose'
import { readDatabaseUrl } from '../config.ts'
import { connectDatabase } from '../database.ts'
import { loadEnv } from '../env.ts'
import { ExpectedError, withoutCredentials } from '../errors.ts'
import type { Command } from '../feature.ts'
import { features } from '../features.ts'
import { prepareFeatures } from '../install-features.ts'

// npm run operator -- NAME …
try {
  const commands = new Map<string, Command>(features.flatMap((one) => Object.entries(one.commands ?? {})))
  const [name = '', ...args] = process.argv.slice(2)
  const usages = [...commands.values()].map(({ usage }) => usage)
  const command = commands.get(name)
  if (!command) throw new ExpectedError(['Usage: npm run operator -- …', ...usages].join('\n'))
  const env = loadEnv()
  const url = readDatabaseUrl(env)
  prepareFeatures(features, { ...env, NODE_ENV: 'development' })
  await connectDatabase(url)
  await command.run(args, (line) => process.stdout.write(`${line}\n`))
} catch (error) {
  const text = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${withoutCredentials(text)}\n`)
  process.exitCode = 1
} finally {
  await mongoose.disconnect()
}
