import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { createServer } from 'node:http'
import type { Request, RequestHandler } from 'express'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { object, string } from 'yup'
import type { Database } from '../../database.ts'
import { type Env, readSettings, wholeNumber } from '../../env.ts'
import type { Core, Feature } from '../../feature.ts'
import { listen } from '../../web/server.ts'

/** Seconds. */
const buckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** GET /metrics for Prometheus, on a separate port that visitors can't reach. Counts nothing unless METRICS_PORT is set. */
export const metrics: Feature = {
  name: 'metrics',
  settings: metricsSettings,
  install(core) {
    const { METRICS_PORT: port, METRICS_HOST: host } = metricsSettings(core.env)
    if (port === undefined) return
    const registry = new Registry()
    collectDefaultMetrics({ register: registry })
    countRequests(core, registry)
    countSignIns(core, registry)
    countStoreCalls(core, registry)
    countConnections(core.database, registry)
    const server = createServer(async (req, res) => {
      if (req.url !== '/metrics') {
        res.writeHead(404).end()
        return
      }
      res.writeHead(200, { 'Content-Type': registry.contentType }).end(await registry.metrics())
    })
    core.onStart(() => listen(server, { port, host }, 'METRICS_'))
    core.onStop(async () => {
      server.close()
      server.closeAllConnections()
    })
  },
}

function metricsSettings(env: Env) {
  const METRICS_PORT = wholeNumber('METRICS_PORT', 1, 65_535, 9464)
  return readSettings(object({ METRICS_PORT, METRICS_HOST: string().default('127.0.0.1') }), env)
}

/** By route pattern, such as /sessions/:id/end, because the number of paths is unlimited. */
function countRequests({ use }: Core, registry: Registry): void {
  const requests = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first line of a request to the end of its response.',
    labelNames: ['method', 'route', 'status'],
    buckets,
    registers: [registry],
  })
  const measure: RequestHandler = (req, res, next) => {
    const end = requests.startTimer()
    const pattern = routePattern(req)
    res.once('close', () => {
      // "aborted" if the visitor left before the end of the response.
      const status = res.writableFinished ? res.statusCode : 'aborted'
      end({ method: req.method, route: pattern(), status })
    })
    next()
  }
  use.first(measure)
}

/** Read when the route is found, because after an error Express has left the router and lost its base URL. */
function routePattern(req: Request): () => string {
  let found: Request['route']
  // Static files, paths that don't exist, and guests in a router that is private.
  let pattern = 'none'
  Object.defineProperty(req, 'route', {
    get: () => found,
    set(route: Request['route']) {
      found = route
      pattern = `${req.baseUrl}${String(route.path)}`.replace(/(.)\/$/, '$1')
    },
  })
  return () => pattern
}

function countSignIns({ on }: Core, registry: Registry): void {
  const signIns = new Counter({
    name: 'sign_ins_total',
    help: 'Sign-ins, by result and method.',
    labelNames: ['result', 'by'],
    registers: [registry],
  })
  on('signedIn', ({ arrival: { by } }) => signIns.inc({ result: 'accepted', by }))
  on('signInRefused', () => signIns.inc({ result: 'refused', by: 'password' }))
}

function countStoreCalls({ onStop }: Core, registry: Registry): void {
  const calls = new Histogram({
    name: 'session_store_duration_seconds',
    help: 'Calls to the session store, including those that needed no database command.',
    labelNames: ['call', 'ok'],
    buckets,
    registers: [registry],
  })
  const timers = new WeakMap<object, ReturnType<typeof calls.startTimer>>()
  const start = (call: unknown) => void timers.set(Object(call), calls.startTimer())
  const end = (traced: unknown) => {
    const { call, error } = Object(traced)
    timers.get(traced as object)?.({ call, ok: String(error === undefined) }) // The store publishes an object.
  }
  subscribe('tracing:session-store:start', start)
  subscribe('tracing:session-store:asyncEnd', end)
  onStop(async () => {
    unsubscribe('tracing:session-store:start', start)
    unsubscribe('tracing:session-store:asyncEnd', end)
  })
}

/** Counts from events, so it must start before the first command. */
function countConnections({ client }: Database, registry: Registry): void {
  const state = { waiting: 0, inUse: 0 }
  client.on('connectionCheckOutStarted', () => void state.waiting++)
  client.on('connectionCheckOutFailed', () => void state.waiting--)
  client.on('connectionCheckedOut', () => {
    state.waiting--
    state.inUse++
  })
  client.on('connectionCheckedIn', () => void state.inUse--)
  gauge('mongodb_pool_in_use', 'Connections with a command in flight.', () => state.inUse)
  gauge('mongodb_pool_waiting', 'Commands waiting for a connection.', () => state.waiting)
  gauge(
    'mongodb_pool_size_max',
    'Maximum number of connections to one server.',
    () => client.options.maxPoolSize,
  )

  function gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read())
      },
    })
  }
}
