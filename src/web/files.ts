import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
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

/** In their order on every page. A fork without drawings deletes their file. */
export const styleSheets = [
  'pico.classless.min.css',
  'app.css',
  'parts.css',
  'theme.css',
  'drawings.css',
].filter((file) => existsSync(join(folder, file)))

/** The colors of public/theme.css by their names, for what reads no style sheet. */
export function themeColors(): Record<'light' | 'dark', Record<string, string>> {
  const theme = readFileSync(join(folder, 'theme.css'), 'utf8')
  const found = [...theme.matchAll(/--([\w-]+): light-dark\((#\w+), (#\w+)\)/g)]
  const [light, dark] = [2, 3].map((at) => Object.fromEntries(found.map((match) => [match[1], match[at]])))
  return { light, dark }
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

interface View {
  template: ejs.TemplateFunction
  fileOf(included: string): string
}

/** As EJS calls them. Strict: each view begins with the values that it takes, and any other name is an error. */
const ejsOptions = { strict: true, destructuredLocals: ['include'], unsafePrototypeLocals: true }

/**
 * EJS for app.engine. ejs.renderFile asks the file system for each include of each page and copies all values for it, five
 * times the work of rendering; here each file is compiled once, or each time while it is being edited. An include is relative
 * to its own file, or else to views/.
 */
export function viewEngine({ edited }: { edited: boolean }): Engine {
  const compiled = new Map<string, View>()

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

  /** A view takes `include` first of all, so the next may put its own in the same values. */
  function render(file: string, values: Values): string {
    const { template, fileOf } = compiled.get(file) ?? compile(file)
    values.include = (path: string, more?: Values) =>
      render(fileOf(path), more ? { ...values, ...more } : values)
    return template(values)
  }

  function compile(file: string): View {
    const template = ejs.compile(readFileSync(file, 'utf8'), { ...ejsOptions, filename: file })
    const files = new Map<string, string>()
    const find = (path: string) => {
      const [beside = '', below = ''] = [dirname(file), views].map((base) => resolve(base, `${path}.ejs`))
      const found = existsSync(beside) ? beside : below
      files.set(path, found)
      return found
    }
    const view = { template, fileOf: (path: string) => files.get(path) ?? find(path) }
    compiled.set(file, view)
    return view
  }
}
