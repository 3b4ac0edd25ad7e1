import { fork } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folderUnusable, LocalMongoError, processStopped } from './errors.ts'
import type { Report } from './process.ts'

export { LocalMongoError } from './errors.ts'

export interface LocalMongoOptions {
  /** Made if it is not there. Only one process at a time can use it. */
  folder: string
  /** 0 for any that is free. */
  port: number
  /** The one that the URI names; 'app' by default. */
  database?: string
  /** Whether acknowledged writes survive `kill -9`; true by default, false is faster. */
  journal?: boolean
  /** Between two removals of what has expired by a TTL index; 60 by default, as in MongoDB. */
  ttlSeconds?: number
}

export interface LocalMongo {
  uri: string
  /** For people, as in 'MongoDB 9.0.0-alpha0, embedded engine'. */
  description: string
  /** Where the data is kept, as an absolute path. */
  folder: string
  port: number
  pid: number
  /** Resolves when the process has ended, asked or not, with one sentence that explains it. */
  exited: Promise<string>
  /** Ends the process and waits for it. Can be called any number of times. */
  stop(): Promise<void>
}

/**
 * Starts a MongoDB that needs no installation, as a process that ends with this one at the latest.
 *
 * @throws {LocalMongoError} with one line that says what is in the way
 */
export async function startLocalMongo(options: LocalMongoOptions): Promise<LocalMongo> {
  const { port, database = 'app', journal = true, ttlSeconds = 60 } = options
  const child = fork(
    fileURLToPath(new URL('process.ts', import.meta.url)),
    [resolve(options.folder), String(port), String(ttlSeconds)],
    // Its output is for the progress of a download; what it complains about comes back as a report.
    { execArgv: ['--import', import.meta.resolve('tsx')], stdio: ['ignore', 'inherit', 'ignore', 'ipc'] },
  )
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  const report = await Promise.race([
    // process.ts sends nothing else.
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
