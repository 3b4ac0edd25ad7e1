import { setTimeout as sleep } from 'node:timers/promises'
import { type Contestant, type Running, start } from './contestant.ts'

/** The driver logs what it sends: https://www.mongodb.com/docs/drivers/node/current/monitoring-and-logging/logging/ */
const logging = {
  MONGODB_LOG_COMMAND: 'debug',
  MONGODB_LOG_PATH: 'stderr',
  MONGODB_LOG_MAX_DOCUMENT_LENGTH: '100000',
}

/**
 * The MongoDB commands of one request, each as Extended JSON, from a contestant of its own because logging isn't free.
 * @param prepare runs before the request and isn't counted, such as signing in
 */
export async function commandsOf<T>(
  contestant: Contestant,
  prepare: (running: Running) => Promise<T>,
  ask: (running: Running, prepared: T) => Promise<unknown>,
): Promise<string[]> {
  const running = await start({ ...contestant, env: { ...contestant.env, ...logging } })
  try {
    const prepared = await prepare(running)
    await ask(running, prepared)
    await sleep(200)
    const before = running.errors().length
    await ask(running, prepared)
    await sleep(200)
    return commandsIn(running.errors().slice(before))
  } finally {
    await running.stop()
  }
}

/** util.inspect writes the log's lines. The command is the last field, a quoted string. */
function commandsIn(log: string): string[] {
  return [...log.matchAll(/message: 'Command started', command: (['"`])(.*)\1 \}/g)].map(([, , text = '']) =>
    text.replace(/\\(['"`\\])/g, '$1'),
  )
}
