import { parseArgs } from 'node:util'
import mongoose from 'mongoose'
import { User } from '../accounts/user.ts'
import { readDatabaseUrl } from '../config.ts'
import { prepareFeatures } from '../core.ts'
import { connectDatabase } from '../database.ts'
import { loadEnv } from '../env.ts'
import { ConfigError } from '../errors.ts'
import type { Command } from '../feature.ts'
import { features } from '../features.ts'
import { withoutCredentials } from '../log.ts'
import { liveSessions, Session } from '../sessions/session.ts'

/** One line for the person at the terminal. */
class CommandError extends Error {}

const commands: Readonly<Record<string, Command>> = {
  sessions: {
    usage: `sessions list [--user EMAIL]             sessions, newest sign-in first for one user
  sessions end --user EMAIL                signs one user out everywhere
  sessions end --all [--yes]               counts all sessions; with --yes, ends them`,
    run: sessions,
  },
  ...Object.fromEntries(features.flatMap((feature) => Object.entries(feature.commands ?? {}))),
}

// npm run operator -- NAME …, in the database set in DATABASE_URL.
try {
  const [name = '', ...args] = process.argv.slice(2)
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw new CommandError(usage(commands))
  const env = loadEnv()
  const url = readDatabaseUrl(env)
  prepareFeatures(features, { ...env, NODE_ENV: 'development' })
  await connectDatabase(url)
  await command.run(args)
} catch (error) {
  const expected = error instanceof ConfigError || error instanceof CommandError
  const text = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${expected ? text : withoutCredentials(text)}\n`)
  process.exitCode = 1
} finally {
  await mongoose.disconnect()
}

function usage(some: Readonly<Record<string, Command>>): string {
  return ['Usage: npm run operator -- …\n', ...Object.values(some).map(({ usage }) => `  ${usage}`)].join(
    '\n',
  )
}

/** Ended sessions are signed out on their next request. */
async function sessions(args: string[]): Promise<void> {
  const { values, positionals } = parse(args)
  const verb = positionals.join(' ')
  const wellFormed =
    verb === 'list' ? !values.all && !values.yes : verb === 'end' && (values.user ? !values.all : values.all)
  const { sessions } = commands
  if (!wellFormed) throw new CommandError(usage(sessions ? { sessions } : {}))
  const userId = values.user && (await idOf(values.user))
  if (verb === 'list') return await list(userId)
  if (userId) return print(`Ended ${counted(await Session.endAll(userId))} of ${values.user}.`)
  if (values.yes) return print(`Ended ${counted(await Session.endAll())}.`)
  print(`This would end ${counted(await Session.countDocuments(liveSessions()))}. Add --yes to end them.`)
}

function parse(args: string[]) {
  const options = { user: { type: 'string' }, all: { type: 'boolean' }, yes: { type: 'boolean' } } as const
  try {
    return parseArgs({ args, allowPositionals: true, options })
  } catch {
    return { values: { all: true, yes: true, user: undefined }, positionals: ['list'] }
  }
}

async function idOf(email: string): Promise<string> {
  const user = await User.findOne({ email: email.trim().toLowerCase() })
  if (!user) throw new CommandError(`There is no user with the email address ${email}.`)
  return user.id
}

async function list(userId: string | undefined): Promise<void> {
  const found = Session.find(liveSessions(userId)).sort(userId ? { 'session.signedInAt': -1 } : {})
  let isEmpty = true
  for await (const { session, lastModified } of found.lean()) {
    isEmpty = false
    const id = String(session.passport?.user)
    const user = mongoose.isValidObjectId(id) ? await User.findById(id) : null
    const times = `signed in ${minute(session.signedInAt)}, last seen ${minute(lastModified)}`
    print([user?.email ?? 'a deleted user', times, session.address, session.userAgent].join('  '))
  }
  if (isEmpty) print('No sessions.')
}

function minute(date: unknown): string {
  return date instanceof Date ? `${date.toISOString().slice(0, 16)}Z` : 'never'
}

function counted(sessions: number): string {
  return sessions === 1 ? '1 session' : `${sessions} sessions`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
