import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import compression, { filter } from 'compression'
import ejs, { type TemplateFunction } from 'ejs'
import { type Express, Router, static as serveStatic } from 'express'

export const views = fileURLToPath(new URL('../../views', import.meta.url))
const folder = fileURLToPath(new URL('../../public', import.meta.url))
const options = { index: false, redirect: false } as const

/** Serves public/ below /assets/VERSION, a hash of all files. @param edited in development: browsers don't cache files */
export function staticFiles(edited: boolean) {
  const version = edited ? 'dev' : contentHash()
  const kept = edited ? { maxAge: 0 } : { maxAge: '1y', immutable: true }
  const middleware = Router()
  // Not pages, which may hold secrets beside user input (BREACH attack); nor ranges, whose bytes must match the file.
  middleware.use('/assets', compression({ filter: (req, res) => res.statusCode !== 206 && filter(req, res) }))
  middleware.use(`/assets/${version}`, serveStatic(folder, { ...options, ...kept }))
  // In a rolling deployment, a page of the new version may ask a process of the old one, whose file must not be cached.
  middleware.use('/assets/:version', serveStatic(folder, options))
  middleware.use('/assets', (_req, res) => res.sendStatus(404))
  const atRoot = ['/favicon.ico', '/robots.txt', '/social.png']
  middleware.get(atRoot, serveStatic(folder, { ...options, maxAge: '1h' }))
  return { middleware, assetUrl: (file: string) => `/assets/${version}/${file}` }
}

/** In the order of pages. Delete a file to remove it, such as drawings.css. */
const possibleSheets = ['pico.classless.min.css', 'app.css', 'parts.css', 'theme.css', 'drawings.css']
export const styleSheets = possibleSheets.filter((file) => existsSync(join(folder, file)))

/** The colors in public/theme.css by name, for emails, icons and browser bars. */
export function themeColors(): Record<'light' | 'dark', Record<string, string>> {
  const theme = readFileSync(join(folder, 'theme.css'), 'utf8')
  const found = [...theme.matchAll(/--([\w-]+): light-dark\((#\w+), (#\w+)\)/g)]
  const [light, dark] = [2, 3].map((at) => Object.fromEntries(found.map((match) => [match[1], match[at]])))
  return { light, dark }
}

function contentHash(): string {
  const hash = createHash('sha256')
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  for (const name of names.filter((one) => statSync(join(folder, one)).isFile()))
    hash.update(name).update(readFileSync(join(folder, name)))
  return hash.digest('hex').slice(0, 10)
}

/** Strict: each view declares its values first, and any other name is an error. */
const ejsOptions = { strict: true, destructuredLocals: ['include'], unsafePrototypeLocals: true }

interface View {
  template: TemplateFunction
  /** The files of its includes, by path. */
  included: Map<string, string>
}

/** EJS that doesn't check the file system for every include. Includes are relative to their file or to views/. */
export function viewEngine(edited: boolean): Parameters<Express['engine']>[1] {
  const known = new Map<string, View>()

  return (file, values, done) => {
    let html: string
    try {
      if (edited) known.clear()
      html = render(file, { ...values })
    } catch (error) {
      return done(error)
    }
    done(null, html)
  }

  /** Each view reads `include` first, so nested views can overwrite it in the same object. */
  function render(file: string, values: Record<string, unknown>): string {
    const { template, included } = known.get(file) ?? compile(file)
    values.include = (path: string, more?: object) =>
      render(included.get(path) ?? fileOf(path, file, included), more ? { ...values, ...more } : values)
    return template(values)
  }

  function compile(file: string): View {
    const template = ejs.compile(readFileSync(file, 'utf8'), { ...ejsOptions, filename: file })
    const view = { template, included: new Map() }
    known.set(file, view)
    return view
  }
}

/** Also adds it to `included`. */
function fileOf(path: string, includer: string, included: Map<string, string>): string {
  const beside = resolve(dirname(includer), `${path}.ejs`)
  const file = existsSync(beside) ? beside : resolve(views, `${path}.ejs`)
  included.set(path, file)
  return file
}
