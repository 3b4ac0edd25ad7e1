import { type DestinationStream, destination, type Logger, pino } from 'pino'
import type { Config } from './config.ts'
import { safeError } from './safe-error.ts'

export type Log = Logger

/** JSON lines on standard output; in a developer's terminal, words and colours. @param stream to write to instead */
export async function createLog(
  { env, logLevel }: Pick<Config, 'env' | 'logLevel'>,
  stream?: DestinationStream,
): Promise<Log> {
  const options = {
    level: logLevel,
    base: null,
    timestamp: isoTime,
    serializers: { err: (error: unknown) => safeError(error) },
  }
  // Synchronous, so that the last lines before an exit arrive, and in their order.
  const pretty = env === 'development' && process.stdout.isTTY
  if (stream) return pino(options, stream)
  return pretty ? pino(options, await prettyStream()) : pino(options, destination({ sync: true }))
}

function isoTime(): string {
  return `,"time":"${new Date().toISOString()}"`
}

async function prettyStream(): Promise<DestinationStream> {
  const { PinoPretty } = await import('pino-pretty')
  return PinoPretty({
    sync: true,
    translateTime: 'SYS:HH:MM:ss',
    ignore: 'pid,hostname,requestId',
    singleLine: true,
  })
}
