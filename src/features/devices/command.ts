import { parseArgs } from 'node:util'
import { isValidObjectId } from 'mongoose'
import { email, findByEmail, User } from '../../auth/user.ts'
import { ExpectedError } from '../../errors.ts'
import type { Command } from '../../feature.ts'
import { endUserSessions, liveSessions, Session } from '../../sessions/session.ts'
import { browserName } from './browser-name.ts'

const usage = `sessions list [--user EMAIL]    lists sessions; with --user, newest sign-in first
sessions end --user EMAIL       signs one user out everywhere
sessions end --all [--yes]      counts all sessions; with --yes, ends them`

export const sessionsCommand: Command = { usage, run }

type Print = (line: string) => void

async function run(args: string[], print: Print): Promise<void> {
  const { user, all, yes, verb } = parse(args)
  const isGood = verb === 'list' ? !all && !yes : verb === 'end' && (user ? !all : all)
  if (!isGood) throw new ExpectedError(usage)
  const userId = user && (await idOf(user))
  if (verb === 'list') return await list(userId, print)
  if (userId) return print(`Ended ${counted(await endUserSessions(userId))} for ${user}.`)
  if (!yes)
    return print(
      `This would end ${counted(await Session.countDocuments(liveSessions()))}. Add --yes to end them.`,
    )
  const { deletedCount } = await Session.deleteMany({ 'session.passport.user': { $exists: true } })
  print(`Ended ${counted(deletedCount)}.`)
}

function parse(args: string[]) {
  const options = { user: { type: 'string' }, all: { type: 'boolean' }, yes: { type: 'boolean' } } as const
  try {
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options })
    return {
      user: values.user,
      all: values.all ?? false,
      yes: values.yes ?? false,
      verb: positionals.join(' '),
    }
  } catch {
    throw new ExpectedError(usage)
  }
}

async function idOf(given: string): Promise<string> {
  const user = await findByEmail(email.cast(given))
  if (!user) throw new ExpectedError(`No user has the email address ${given}.`)
  return user.id
}

async function list(userId: string | undefined, print: Print): Promise<void> {
  const found = Session.find(liveSessions(userId)).sort(userId ? { 'session.signedInAt': -1 } : {})
  let isEmpty = true
  for await (const { session, lastModified } of found.lean()) {
    const id = session.passport?.user
    const user = isValidObjectId(id) ? await User.findById(id) : null
    // Started before the current password, so it has ended.
    if (user && user.epoch !== (session.epoch ?? 0)) continue
    isEmpty = false
    const times = `signed in ${minute(session.signedInAt)}, last seen ${minute(lastModified)}`
    print(
      [user?.email ?? 'a deleted user', times, session.address, browserName(session.userAgent)].join('  '),
    )
  }
  if (isEmpty) print('No sessions.')
}

function minute(date: unknown): string {
  return date instanceof Date ? `${date.toISOString().slice(0, 16)}Z` : 'never'
}

function counted(sessions: number): string {
  return sessions === 1 ? '1 session' : `${sessions} sessions`
}
