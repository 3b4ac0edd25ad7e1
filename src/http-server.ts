import type { Server } from 'node:http'
import type { Express } from 'express'
import type { Config } from './config.ts'
import { createExpressServer } from './express-server.ts'

/**
 * Behind a proxy it is the proxy that closes a connection that nobody uses: when both do at the same moment, its next
 * request fails. Longer than nginx and AWS (60 s) and Caddy (120 s) keep one. Milliseconds.
 */
const keepAliveBehindProxyMs = 125_000

/**
 * No client holds a worker for longer than these, however slow or hostile. Milliseconds.
 * https://nodejs.org/api/http.html#serverrequesttimeout
 */
const timeouts = {
  /** Until the headers are in. */
  headersTimeout: 8_000,
  /** Until the whole request is in: a form has 16 KB at most. */
  requestTimeout: 12_000,
  /** How late one of the two may be noticed. */
  connectionsCheckingInterval: 1_000,
}

/** Without a byte in either direction: a client that does not read, a handler that hangs. Milliseconds. */
const silenceMs = 20_000

/** All headers and the address of the page together. Bytes; more is answered with 431. */
const maxHeaderSize = 16 * 1024

export function createHttpServer(
  app: Express,
  { env, trustedProxies }: Pick<Config, 'env' | 'trustedProxies'>,
): Server {
  const server = createExpressServer(app, { ...timeouts, maxHeaderSize })
  // Not while somebody may sit at a debugger's breakpoint.
  if (env !== 'development') server.timeout = silenceMs
  if (trustedProxies > 0) server.keepAliveTimeout = keepAliveBehindProxyMs
  return server
}
