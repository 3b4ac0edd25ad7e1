import { Router } from 'express'
import type { Database } from '../database.ts'

/** /healthz: the process runs. /readyz: it may be sent visitors: MongoDB answers and no shutdown has begun. */
export function healthRoutes(database: Database, isDraining: () => boolean): Router {
  const router = Router()

  router.get('/healthz', (_req, res) => {
    res.set('Cache-Control', 'no-store').type('text').send('ok')
  })

  router.get('/readyz', async (_req, res) => {
    res.set('Cache-Control', 'no-store').type('text')
    const fault = isDraining()
      ? 'stopping'
      : await database.ping().then(
          () => undefined,
          () => 'MongoDB does not answer',
        )
    res.status(fault ? 503 : 200).send(fault ?? 'ready')
  })

  return router
}
