import { randomUUID } from 'node:crypto'
import { channel } from 'node:diagnostics_channel'
import type { Request, RequestHandler } from 'express'
import { type DestinationStream, destination, type LogFn, type Logger, pino, stdSerializers } from 'pino'
import { pinoHttp } from 'pino-http'
import type { Config } from './config.ts'
import { isDatabaseAway, withoutCredentials } from './errors.ts'

export type Log = Logger

/** Published on the channel 'unexpected-error' of node:diagnostics_channel, for error tracking. */
export interface UnexpectedError {
  error: unknown
  /** What failed. */
  message: string
  requestId?: string
}

const unexpectedErrors = channel('unexpected-error')

/** Writes JSON lines to standard output, or readable lines in development. @param stream to write to instead */
export async function createLog(
  { env, logLevel }: Pick<Config, 'env' | 'logLevel'>,
  stream?: DestinationStream,
): Promise<Log> {
  const timestamp = () => `,"time":"${new Date().toISOString()}"`
  const serializers = { err: loggedError }
  const options = { level: logLevel, base: null, timestamp, serializers, hooks: { logMethod: publishErrors } }
  if (stream) return pino(options, stream)
  if (env === 'development') {
    const { PinoPretty } = await import('pino-pretty')
    const shown = { translateTime: 'SYS:HH:MM:ss', ignore: 'requestId', singleLine: true }
    return pino(options, PinoPretty({ ...shown, sync: true }))
  }
  // Synchronous, so that the last lines before an exit are written.
  const output = destination({ sync: true })
  // If the disk is full, the app continues without a log, and says so on standard error.
  output.on('error', () => {})
  output.once('error', ({ message }) => process.stderr.write(`Can't write the log: ${message}\n`))
  return pino(options, output)
}

/** Logs method, path, status and time. Query strings, headers and bodies may hold secrets. */
export function requestLog(logger: Log, { trustedProxies }: Pick<Config, 'trustedProxies'>): RequestHandler {
  return pinoHttp({
    logger,
    // A trusted proxy's ID is kept, so that one search finds the request in both logs.
    genReqId(req, res) {
      const given = trustedProxies > 0 ? req.headers['x-request-id'] : undefined
      const id = typeof given === 'string' && /^[\w.:-]{8,100}$/.test(given) ? given : randomUUID()
      res.setHeader('X-Request-Id', id)
      return id
    },
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'requestId', responseTime: 'ms' },
    // pino-http would replace our error serializer with its own.
    wrapSerializers: false,
    serializers: {
      err: loggedError,
      req: ({ method, url }) => ({ method, path: loggedPath(url) }),
      res: ({ statusCode }) => ({ status: statusCode }),
    },
    customLogLevel: (_req, res) => (res.statusCode >= 500 ? 'warn' : 'info'),
    customSuccessMessage: (req, res) => `${req.method} ${res.statusCode}`,
    customErrorMessage: (req, res) => `${req.method} ${res.statusCode}`,
  })
}

interface SecurityEvent {
  /** A stable name for metrics and alerts, listed in docs/security.md. */
  event: string
  level?: 'info' | 'warn'
  [detail: string]: string | number | undefined
}

/** Logs a security event with the signed-in user, unless `userId` is given, and the IP address. */
export function report(req: Request, { level = 'info', ...event }: SecurityEvent, text: string): void {
  req.log[level]({ userId: req.user?.id, address: req.ip, ...event }, text)
}

/** A mistyped link may hold its token in the path. */
function loggedPath(url: string): string {
  const [path = ''] = url.split('?', 1)
  return path.replace(/[\w~-]{32,}/g, '…').slice(0, 300)
}

/** Only these fields, because an error may hold the request's body or a MongoDB document. */
function loggedError(error: unknown) {
  const { type, message, stack } = stdSerializers.err(
    error instanceof Error ? error : new Error(String(error)),
  )
  const { code } = Object(error)
  return { type, message: withoutCredentials(message), code, stack: withoutCredentials(stack) }
}

/** Publishes every unexpected error: of requests, of features, of work after the response, and the one that ends the process. */
function publishErrors(this: Logger, args: Parameters<LogFn>, log: LogFn, level: number): void {
  const { err: error } = Object(args[0])
  if (level >= 50 && error && !isDatabaseAway(error))
    unexpectedErrors.publish({
      ...this.bindings(),
      error,
      message: String(args[1]),
    } satisfies UnexpectedError)
  log.apply(this, args)
}
