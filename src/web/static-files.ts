import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import compression from 'compression'
import { type RequestHandler, Router, static as serveStatic } from 'express'

export interface StaticFiles {
  readonly middleware: RequestHandler
  /** The path of a file of public/. It changes with the files, so that browsers may keep it for good. */
  assetUrl(file: string): string
}

const folder = fileURLToPath(new URL('../../public', import.meta.url))
/** A folder is not shown, and no path to be sent on to. */
const options = { index: false, redirect: false } as const

/** Serves public/ below /assets/VERSION. @param edited true while the files are being edited: browsers keep none */
export function staticFiles({ edited }: { edited: boolean }): StaticFiles {
  const version = edited ? 'dev' : contentHash()
  const router = Router()
  // Pages are not compressed: they may hold a secret and what a visitor typed (the BREACH attack).
  router.use('/assets', compression())
  router.use(`/assets/${version}`, serveStatic(folder, { ...options, ...(edited ? { maxAge: 0 } : kept) }))
  // In a rolling deployment a page of the new version may reach a process of the old one, whose file is not to be kept.
  router.use('/assets/:version', serveStatic(folder, options))
  router.use('/assets', (_req, res) => res.sendStatus(404))
  router.get(
    ['/favicon.ico', '/robots.txt', '/social.png'],
    serveStatic(folder, { ...options, maxAge: '1h' }),
  )
  return { middleware: router, assetUrl: (file) => `/assets/${version}/${file}` }
}

const kept = { maxAge: '1y', immutable: true } as const

function contentHash(): string {
  const hash = createHash('sha256')
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const files = entries.map(({ parentPath, name }) => `${parentPath}/${name}`)
  for (const file of files.sort()) hash.update(file.slice(folder.length)).update(readFileSync(file))
  return hash.digest('hex').slice(0, 10)
}
