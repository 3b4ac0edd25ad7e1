import type { IncomingMessage, Server } from 'node:http'
import type { Express, Request } from 'express'
import { counter, histogram, type Metric } from './text.ts'

/** What no route answered: static files, addresses that do not exist, guests sent to sign in. */
const noRoute = 'none'

/** Requests by the pattern of their route, such as /sessions/:id/end: addresses themselves are without number. */
export function requestMetrics(app: Express, server: Server): Metric[] {
  const total = counter('http_requests_total', 'Requests by method, route and status.')
  const duration = histogram(
    'http_request_duration_seconds',
    'From the first line of a request to the end of its answer.',
  )
  const routeOf = rememberRoutes(app)
  server.prependListener('request', (req, res) => {
    const start = performance.now()
    res.once('close', () => {
      const labels = { method: req.method ?? '', route: routeOf(req) }
      // Somebody who left before the answer was out.
      total.add({ ...labels, status: res.writableFinished ? res.statusCode : 'aborted' })
      duration.observe(labels, (performance.now() - start) / 1000)
    })
  })
  return [total, duration]
}

/** Notes where Express assigns `req.route`: afterwards an error that leaves a router takes its mount path off again. */
function rememberRoutes(app: Express): (req: IncomingMessage) => string {
  const routes = new WeakMap<IncomingMessage, Request['route']>()
  const patterns = new WeakMap<IncomingMessage, string>()
  Object.defineProperty(app.request, 'route', {
    configurable: true,
    get(this: Request): Request['route'] {
      return routes.get(this)
    },
    set(this: Request, route: Request['route']) {
      routes.set(this, route)
      patterns.set(this, (this.baseUrl + String(route.path)).replace(/(.)\/$/, '$1'))
    },
  })
  return (req) => patterns.get(req) ?? noRoute
}
