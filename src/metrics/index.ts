import { createServer, type Server } from 'node:http'
import type { Express } from 'express'
import type { Database } from '../database.ts'
import { poolMetrics } from './pool.ts'
import { processMetrics } from './process.ts'
import { requestMetrics } from './requests.ts'
import { sessionMetrics } from './sessions.ts'

export interface Measured {
  app: Express
  server: Server
  database: Database
}

/** Begins to count, and answers GET /metrics for Prometheus: a server of its own, so that visitors never reach it. */
export function createMetrics({ app, server, database }: Measured): Server {
  const metrics = [
    ...requestMetrics(app, server),
    ...sessionMetrics(),
    ...poolMetrics(database),
    ...processMetrics(),
  ]
  return createServer((req, res) => {
    if (req.url !== '/metrics') {
      res.writeHead(404).end()
      return
    }
    res.writeHead(200, { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8' })
    res.end(metrics.map((metric) => metric.text()).join(''))
  })
}
