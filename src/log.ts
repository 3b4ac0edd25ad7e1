import { randomUUID } from 'node:crypto'
import { channel } from 'node:diagnostics_channel'
import type { Request, RequestHandler } from 'express'
import { type DestinationStream, destination, type LogFn, type Logger, pino, stdSerializers } from 'pino'
import { pinoHttp } from 'pino-http'
import type { Config } from './config.ts'
import { isDatabaseAway, withoutCredentials } from './errors.ts'

export type Log = Logger

/** What is published on the channel 'unexpected-error' of node:diagnostics_channel, for error tracking. */
export interface UnexpectedError {
  error: unknown
  /** What failed. */
  message: string
  /** Of the request that it came with. */
  requestId?: string
}

const unexpectedErrors = channel('unexpected-error')

/** JSON lines on standard output; in a developer's terminal, words and colors. @param stream to write to instead */
export async function createLog(
  { env, logLevel }: Pick<Config, 'env' | 'logLevel'>,
  stream?: DestinationStream,
): Promise<Log> {
  const timestamp = () => `,"time":"${new Date().toISOString()}"`
  const serializers = { err: loggedError }
  const options = { level: logLevel, base: null, timestamp, serializers, hooks: { logMethod: publishErrors } }
  if (stream) return pino(options, stream)
  if (env === 'development' && process.stdout.isTTY) {
    const { PinoPretty } = await import('pino-pretty')
    const shown = { translateTime: 'SYS:HH:MM:ss', ignore: 'requestId', singleLine: true }
    return pino(options, PinoPretty({ ...shown, sync: true }))
  }
  // Synchronous, so that the last lines before an exit arrive.
  const output = destination({ sync: true })
  // A full disk: the app goes on without a log, and says so where it still can.
  output.on('error', () => {})
  output.once('error', ({ message }) => process.stderr.write(`The log cannot be written: ${message}\n`))
  return pino(options, output)
}

/** One line per request: method, path, status, time. No query string, header or body, which may hold secrets. */
export function requestLog(logger: Log, { trustedProxies }: Pick<Config, 'trustedProxies'>): RequestHandler {
  return pinoHttp({
    logger,
    // That of a trusted proxy, so that one search finds it in both logs.
    genReqId(req, res) {
      const given = trustedProxies > 0 ? req.headers['x-request-id'] : undefined
      const id = typeof given === 'string' && /^[\w.:-]{8,100}$/.test(given) ? given : randomUUID()
      res.setHeader('X-Request-Id', id)
      return id
    },
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'requestId', responseTime: 'ms' },
    // pino-http would put its own serializer of errors in the place of ours.
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
  /** A stable name, listed in docs/security.md, to count or to be woken by. */
  event: string
  level?: 'info' | 'warn'
  [detail: string]: string | number | undefined
}

/** One line that an operator may want to see: which event, who (whoever is signed in, or `userId`), from where. */
export function report(req: Request, { level = 'info', ...event }: SecurityEvent, text: string): void {
  req.log[level]({ userId: req.user?.id, address: req.ip, ...event }, text)
}

/** A mistyped link may hold its token in the path. */
function loggedPath(url: string): string {
  const [path = ''] = url.split('?', 1)
  return path.replace(/[\w~-]{32,}/g, '…').slice(0, 300)
}

/** By name, because an error may carry the body of the request, and MongoDB's the document. */
function loggedError(error: unknown) {
  const { type, message, stack } = stdSerializers.err(
    error instanceof Error ? error : new Error(String(error)),
  )
  const { code } = Object(error)
  return { type, message: withoutCredentials(message), code, stack: withoutCredentials(stack) }
}

/** Every unexpected error passes here: of a request, of a feature, of work after the response, and the one that ends the process. */
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
