import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import compression, { filter } from 'compression'
import ejs from 'ejs'
import { type RequestHandler, Router, static as serveStatic } from 'express'

export interface StaticFiles {
  readonly middleware: RequestHandler
  /** The path of a file of public/. It changes with the files, so that browsers may keep it for good. */
  assetUrl(file: string): string
}

export const views = fileURLToPath(new URL('../../views', import.meta.url))
const folder = fileURLToPath(new URL('../../public', import.meta.url))
/** A folder is not shown, and no path to be sent on to. */
const options = { index: false, redirect: false } as const

/** Serves public/ below /assets/VERSION. @param edited true while the files are being edited: browsers keep none */
export function staticFiles({ edited }: { edited: boolean }): StaticFiles {
  const version = edited ? 'dev' : contentHash()
  const router = Router()
  // Pages are not compressed: they may hold a secret and what a visitor typed (the BREACH attack).
  // Nor a part of a file: its bytes are counted in the file as it is.
  router.use('/assets', compression({ filter: (req, res) => res.statusCode !== 206 && filter(req, res) }))
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

type Values = Record<string, unknown>
type Engine = (file: string, values: object, done: (error: unknown, html?: string) => void) => void

/**
 * EJS for app.engine. ejs.renderFile asks the file system for each include of each page, five times the work of rendering;
 * here each file is compiled once, or each time while it is being edited. An include is relative to its own file, or else
 * to views/. Strict, as EJS calls it, so each view begins with the values that it takes, and any other name is an error.
 */
export function viewEngine({ edited }: { edited: boolean }): Engine {
  const compiled = new Map<string, ejs.TemplateFunction>()
  const options = { strict: true, destructuredLocals: ['include'] }
  const found = new Map<string, string>()

  return (file, values, done) => {
    let html: string
    try {
      if (edited) compiled.clear()
      html = render(file, { ...values })
    } catch (error) {
      return done(error)
    }
    done(null, html)
  }

  /** @param values a copy, to be added to */
  function render(file: string, values: Values): string {
    const template =
      compiled.get(file) ?? ejs.compile(readFileSync(file, 'utf8'), { ...options, filename: file })
    compiled.set(file, template)
    values.include = (path: string, more?: Values) => render(fileOf(path, file), { ...values, ...more })
    return template(values)
  }

  function fileOf(path: string, from: string): string {
    const key = `${dirname(from)} ${path}`
    const known = found.get(key)
    if (known) return known
    const [beside = '', below = ''] = [dirname(from), views].map((base) => resolve(base, `${path}.ejs`))
    found.set(key, existsSync(beside) ? beside : below)
    return fileOf(path, from)
  }
}
