import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type RequestHandler, Router, static as serveStatic } from 'express'

export interface StaticFiles {
  middleware: RequestHandler
  /** The address of a file of public/, which changes with the files, so that browsers may keep it for good. */
  assetUrl: (file: string) => string
}

const publicFolder = fileURLToPath(new URL('../../public', import.meta.url))

/** Serves public/. @param immutable false while the files are being edited */
export function staticFiles({ immutable }: { immutable: boolean }): StaticFiles {
  const version = contentHash()
  // No page for a folder: neither an index nor a redirect to one.
  const files = { index: false, redirect: false } as const
  const forGood = serveStatic(publicFolder, { ...files, immutable, maxAge: immutable ? '1y' : 0 })
  const forNow = serveStatic(publicFolder, { ...files, maxAge: 0 })
  const router = Router()
  // In a rolling deployment a page of the new version may reach a process of the old one, whose file is not to be kept.
  router.use('/assets/:version', (req, res, next) =>
    (req.params.version === version ? forGood : forNow)(req, res, next),
  )
  router.use('/assets', (_req, res) => res.sendStatus(404))
  router.use(serveStatic(publicFolder, { ...files, maxAge: '1h' }))
  return { middleware: router, assetUrl: (file) => `/assets/${version}/${file}` }
}

function contentHash(): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(publicFolder, { recursive: true, encoding: 'utf8' }).sort()) {
    const file = join(publicFolder, name)
    if (statSync(file).isFile()) hash.update(name).update(readFileSync(file))
  }
  return hash.digest('hex').slice(0, 10)
}
