import { fork } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folderUnusable, LocalMongoError, processStopped } from './errors.ts'
import type { Report } from './process.ts'

export { LocalMongoError } from './errors.ts'

export interface LocalMongoOptions {
  /** Created if missing. Only one process at a time can use it. */
  folder: string
  /** 0 for any free port. */
  port: number
  /** The name in the URI; default 'app'. */
  database?: string
  /** Whether acknowledged writes survive `kill -9`; default true, but false is faster. */
  journal?: boolean
  /** Seconds between removals of expired documents; default 60, as in MongoDB. */
  ttlSeconds?: number
}

export interface LocalMongo {
  uri: string
  /** Such as 'MongoDB 9.0.0-alpha0, embedded'. */
  description: string
  /** The data folder, as an absolute path. */
  folder: string
  port: number
  pid: number
  /** Resolves when the process has ended for any reason, with a sentence that explains why. */
  exited: Promise<string>
  /** Ends the process and waits for it. Can be called repeatedly. */
  stop(): Promise<void>
}

/**
 * Starts a MongoDB that needs no installation, in a process that never outlives this one.
 *
 * @throws {LocalMongoError} with one line that explains the problem
 */
export async function startLocalMongo(options: LocalMongoOptions): Promise<LocalMongo> {
  const { port, database = 'app', journal = true, ttlSeconds = 60 } = options
  const child = fork(
    fileURLToPath(new URL('process.ts', import.meta.url)),
    [resolve(options.folder), String(port), String(ttlSeconds)],
    // Its output shows the progress of a download; errors come back as a report.
    { execArgv: ['--import', import.meta.resolve('tsx')], stdio: ['ignore', 'inherit', 'ignore', 'ipc'] },
  )
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  const report = await Promise.race([
    // process.ts only sends reports.
    new Promise<Report>((resolve) => child.once('message', (message) => resolve(message as Report))),
    ended.then(({ code, signal }): Report => {
      return { failed: code === 14 ? folderUnusable(resolve(options.folder)) : processStopped(code, signal) }
    }),
  ])
  if ('failed' in report) {
    await ended
    throw new LocalMongoError(report.failed)
  }

  let asked = false
  return {
    ...report,
    uri: `mongodb://127.0.0.1:${report.port}/${database}${journal ? '?journal=true' : ''}`,
    exited: ended.then(({ code, signal }) =>
      asked ? 'The database stopped.' : processStopped(code, signal),
    ),
    stop: async () => {
      asked = true
      child.kill('SIGTERM')
      await ended
    },
  }
}
