import { Writable } from 'node:stream'
import { createLog, type Log } from '../../src/log.ts'

export interface OwnLog {
  log: Log
  /** So far. */
  lines(): Record<string, unknown>[]
  text(): string
}

/** The app's log at the trace level, in memory. */
export async function ownLog(): Promise<OwnLog> {
  const texts: string[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      texts.push(String(chunk))
      done()
    },
  })
  const log = await createLog({ env: 'test', logLevel: 'trace' }, stream)
  return {
    log,
    lines: () => texts.flatMap((text) => text.split('\n').filter(Boolean)).map((line) => JSON.parse(line)),
    text: () => texts.join(''),
  }
}
