import { once } from 'node:events'
import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Express, Router } from 'express'
import type { Config } from '../config.ts'
import type { Database } from '../database.ts'
import { ExpectedError } from '../errors.ts'

/** No client keeps a connection for longer than these, however slow or hostile. Milliseconds and bytes. */
const limits = {
  headersTimeout: 8_000,
  // Headers and body: an app that takes uploads needs more.
  requestTimeout: 12_000,
  // How late one of the two may be noticed.
  connectionsCheckingInterval: 1_000,
  // All headers and the path together; more gets 431.
  maxHeaderSize: 16 * 1024,
}

/** Without a byte in either direction. A stream of events must send something, such as a comment, more often. */
const silenceMs = 20_000
/** Longer than proxies keep an unused connection, so that it is never the app that closes it under a request. */
const keepAliveBehindProxyMs = 125_000
/** From the signal to stop until the connections of slow requests are cut. */
const drainMs = 7_000

/** Requests and responses are born with Express' prototypes: changing them costs older V8 much (docs/decisions.md). */
export function createHttpServer(app: Express, { env, trustedProxies }: Config): Server {
  class Request extends IncomingMessage {}
  class Response extends ServerResponse<Request> {}
  Object.setPrototypeOf(Request.prototype, app.request)
  Object.setPrototypeOf(Response.prototype, app.response)
  Object.assign(app, { request: Request.prototype, response: Response.prototype })
  const server = createServer({ ...limits, IncomingMessage: Request, ServerResponse: Response }, app)
  // Not while someone may sit at a debugger's breakpoint.
  if (env !== 'development') server.timeout = silenceMs
  if (trustedProxies > 0) server.keepAliveTimeout = keepAliveBehindProxyMs
  return server
}

/** @param prefix of the settings that say where @throws {ExpectedError} saying what to change */
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

/** A pause in which visitors are still served; then no new requests, and those in flight to their end. */
export async function drain(server: Server, pauseMs: number): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), drainMs)
  // The next request of a proxy must not meet a connection that is just being closed.
  server.prependListener('request', (_req, res) => res.setHeader('Connection', 'close'))
  await sleep(pauseMs)
  // Keep-alive connections that fall idle would hold the process for seconds.
  const sweep = setInterval(() => server.closeIdleConnections(), 100)
  await new Promise((resolve) => server.close(resolve))
  clearInterval(sweep)
  clearTimeout(cut)
}

/** /healthz: the process runs. /readyz: it may be sent visitors, because MongoDB responds and no stop has begun. */
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
