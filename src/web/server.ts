import { once } from 'node:events'
import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Express, Router } from 'express'
import type { Config } from '../config.ts'
import type { Database } from '../database.ts'
import { ExpectedError } from '../errors.ts'

/** These bound how long a slow or hostile client keeps a connection. Milliseconds and bytes. */
const limits = {
  headersTimeout: 8_000,
  // Headers and body. Increase it for uploads.
  requestTimeout: 12_000,
  // How often the two timeouts are checked.
  connectionsCheckingInterval: 1_000,
  // All headers and the path together; larger ones get 431.
  maxHeaderSize: 16 * 1024,
}

/** Time without a byte in either direction. Event streams must send something, such as a comment, more often. */
const silenceMs = 20_000
/** Longer than proxies keep idle connections, so the app never closes one just as a request arrives. */
const keepAliveBehindProxyMs = 125_000
/** From the stop signal until the connections of slow requests are cut. */
const drainMs = 7_000

/** Creates requests with Express' prototypes, because changing them later is slow in older V8 (docs/decisions.md). */
export function createHttpServer(app: Express, { env, trustedProxies }: Config): Server {
  class Request extends IncomingMessage {}
  class Response extends ServerResponse<Request> {}
  Object.setPrototypeOf(Request.prototype, app.request)
  Object.setPrototypeOf(Response.prototype, app.response)
  Object.assign(app, { request: Request.prototype, response: Response.prototype })
  const server = createServer({ ...limits, IncomingMessage: Request, ServerResponse: Response }, app)
  // A developer may be stopped at a breakpoint.
  if (env !== 'development') server.timeout = silenceMs
  if (trustedProxies > 0) server.keepAliveTimeout = keepAliveBehindProxyMs
  return server
}

/** @param prefix of the settings' names @throws {ExpectedError} saying what to change */
export async function listen(
  server: Server,
  { port, host }: { port: number; host: string | undefined },
  prefix = '',
): Promise<void> {
  try {
    await once(server.listen({ port, host }), 'listening')
  } catch (error) {
    const { code } = Object(error)
    const inUse = `Port ${port} is in use. Stop the process that uses it, or set ${prefix}PORT.`
    const other = `Can't listen on port ${port} (${code}). Set ${prefix}PORT or ${prefix}HOST.`
    throw new ExpectedError(code === 'EADDRINUSE' ? inUse : other)
  }
}

/** Still accepts requests during the pause, then only finishes those in flight. */
export async function drain(server: Server, pauseMs: number): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), drainMs)
  // Otherwise a proxy might send its next request on a connection that is being closed.
  server.prependListener('request', (_req, res) => res.setHeader('Connection', 'close'))
  await sleep(pauseMs)
  // Idle keep-alive connections would delay the stop by seconds.
  const sweep = setInterval(() => server.closeIdleConnections(), 100)
  await new Promise((resolve) => server.close(resolve))
  clearInterval(sweep)
  clearTimeout(cut)
}

/** /healthz: the process runs. /readyz: MongoDB responds, and the app isn't stopping. */
export function healthRoutes(database: Database, isDraining: () => boolean): Router {
  const router = Router()
  router.get('/healthz', (_req, res) => {
    res.set('Cache-Control', 'no-store').type('text').send('ok')
  })
  router.get('/readyz', async (_req, res) => {
    const pong = await database.ping().catch(() => undefined)
    const fault = isDraining() ? 'stopping' : pong ? '' : 'MongoDB is not responding'
    res.set('Cache-Control', 'no-store').type('text')
    res.status(fault ? 503 : 200).send(fault || 'ready')
  })
  return router
}
