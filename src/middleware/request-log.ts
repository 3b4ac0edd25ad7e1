import { randomUUID } from 'node:crypto'
import type { RequestHandler } from 'express'
import { pinoHttp } from 'pino-http'
import type { Config } from '../config.ts'
import type { Log } from '../log.ts'
import { safeError } from '../safe-error.ts'

/**
 * One line a request: method, path, status, time. No query string, header or body, which may hold secrets.
 * Its id is the one that a trusted proxy gave it, so that one search finds it in the logs of both.
 */
export function requestLog(logger: Log, { trustedProxies }: Pick<Config, 'trustedProxies'>): RequestHandler {
  return pinoHttp({
    logger,
    genReqId(req, res) {
      const given = trustedProxies > 0 ? req.headers['x-request-id'] : undefined
      const id = typeof given === 'string' && /^[\w.:-]{8,100}$/.test(given) ? given : randomUUID()
      res.setHeader('X-Request-Id', id)
      return id
    },
    quietReqLogger: true,
    customAttributeKeys: { reqId: 'requestId', responseTime: 'ms' },
    // pino-http would put its own serializer of errors, stack and all, in the place of log.ts's.
    wrapSerializers: false,
    serializers: {
      err: (error: unknown) => safeError(error),
      req: ({ method, url }: { method: string; url: string }) => ({ method, path: url.split('?', 1)[0] }),
      res: ({ statusCode }: { statusCode: number }) => ({ status: statusCode }),
    },
    customLogLevel: (_req, res) => (res.statusCode >= 500 ? 'warn' : 'info'),
    customSuccessMessage: (req, res) => `${req.method} ${res.statusCode}`,
    customErrorMessage: (req, res) => `${req.method} ${res.statusCode}`,
  })
}
