import { parseArgs } from 'node:util'
import mongoose from 'mongoose'
import { browserName } from '../browser-name.ts'
import { ConfigError, loadDatabaseUrl } from '../config.ts'
import { connectDatabase } from '../database.ts'
import { liveSessions, Session } from '../models/session.ts'
import { User } from '../models/user.ts'
import { safeError } from '../safe-error.ts'

const usage = `Lists and ends sessions in the MongoDB that DATABASE_URL names. What it ends is signed out at its next request.

  npm run sessions -- list                  every session; last seen may be an hour behind
  npm run sessions -- list --user EMAIL     those of one person, the newest sign-in first
  npm run sessions -- end --user EMAIL      signs one person out everywhere
  npm run sessions -- end --all             says how many sessions there are, and ends none
  npm run sessions -- end --all --yes       signs everybody out`

/** One line for the person at the terminal. */
class CommandError extends Error {}

try {
  await run(process.argv.slice(2))
} catch (error) {
  const expected = error instanceof ConfigError || error instanceof CommandError
  process.stderr.write(`${expected ? error.message : safeError(error).message}\n`)
  process.exitCode = 1
} finally {
  await mongoose.disconnect()
}

async function run(args: string[]): Promise<void> {
  const { values, positionals } = parse(args)
  const verb = positionals.join(' ')
  const wellFormed =
    verb === 'list' ? !values.all && !values.yes : verb === 'end' && (values.user ? !values.all : values.all)
  if (!wellFormed) throw new CommandError(usage)
  // Millions of sessions are not ended in the few seconds that a page may wait.
  await connectDatabase(loadDatabaseUrl(), { socketTimeoutMS: 0 })
  const userId = values.user && (await idOf(values.user))
  if (verb === 'list') return await list(userId)
  if (userId) return print(`Ended ${counted(await Session.endAll(userId))} of ${values.user}.`)
  if (values.yes) return print(`Ended ${counted(await Session.endAll())}.`)
  print(`This would end ${counted(await Session.countDocuments(liveSessions()))}. To do it, add --yes.`)
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: { user: { type: 'string' }, all: { type: 'boolean' }, yes: { type: 'boolean' } },
    })
  } catch {
    throw new CommandError(usage)
  }
}

async function idOf(email: string): Promise<string> {
  const user = await User.findOne({ email: email.trim().toLowerCase() })
  if (!user) throw new CommandError(`There is no user with the email address ${email}.`)
  return user.id
}

async function list(userId: string | undefined): Promise<void> {
  if ((await Session.countDocuments(liveSessions(userId))) === 0) return print('No sessions.')
  const sessions = userId
    ? Session.find(liveSessions(userId)).sort({ 'session.signedInAt': -1 })
    : Session.find(liveSessions())
  for await (const { session, lastModified } of sessions.lean()) {
    const person = await User.findSignedIn(session.passport?.user ?? '')
    const signedIn = `signed in ${minute(session.signedInAt)}, last seen ${minute(lastModified)}`
    print(
      [person?.email ?? 'a deleted user', signedIn, session.address, browserName(session.userAgent)].join(
        '  ',
      ),
    )
  }
}

function minute(date: Date | undefined): string {
  return date ? `${date.toISOString().slice(0, 16)}Z` : 'never'
}

function counted(sessions: number): string {
  return sessions === 1 ? '1 session' : `${sessions} sessions`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
