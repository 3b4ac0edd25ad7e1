import { readdirSync, readFileSync } from 'node:fs'
import { dirname, extname, join, resolve } from 'node:path'
import ejs from 'ejs'

type Values = Record<string, unknown>
type Rendered = (error: unknown, html?: string) => void
type ViewEngine = (file: string, values: object, done: Rendered) => void

interface View {
  file: string
  template: ejs.TemplateFunction
  /** The files of the paths that it has included. */
  included: Map<string, string>
}

/**
 * EJS for `app.engine`, with every view of the folder compiled now: a mistake in one shows at the start, and rendering
 * asks the file system nothing. EJS itself looks for the file of each `include`, each time.
 * CPU saved, GET /login: 23 % on Node 20, 13 % on 22, 11 % on 24.
 */
export function compiledViews(folder: string): ViewEngine {
  const views = new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => extname(name) === '.ejs')
      .map((name) => join(folder, name))
      .map((file) => [file, compile(file)] as const),
  )
  // Of another folder, such as dev/: compiled each time.
  return engineFor((file) => views.get(file) ?? compile(file))
}

/** The same, for views that are being edited: each is read anew whenever it is shown. */
export function editedViews(): ViewEngine {
  return engineFor(compile)
}

function engineFor(viewOf: (file: string) => View): ViewEngine {
  /** @param values a copy, to be added to */
  function render(file: string, values: Values): string {
    const view = viewOf(file)
    values.include = (path: string, more?: object) => render(includedFile(view, path), { ...values, ...more })
    return view.template(values)
  }

  return (file, values, done) => {
    let html: string
    try {
      html = render(file, { ...values })
    } catch (error) {
      return done(error)
    }
    done(null, html)
  }
}

/**
 * Strict, as EJS calls it: without `with`, which makes each name a slow look-up. So a view begins with the values that it
 * takes, and any other name in it is an error. CPU saved, GET /login: 25 % on Node 20, 21 % on 22 and 24.
 */
function compile(file: string): View {
  const template = ejs.compile(readFileSync(file, 'utf8'), {
    filename: file,
    strict: true,
    // Ours, in the place of EJS's own.
    destructuredLocals: ['include'],
  })
  return { file, template, included: new Map() }
}

/** As EJS has it: from the folder of the view that includes, .ejs unless it says otherwise. */
function includedFile({ file, included }: View, path: string): string {
  const known = included.get(path)
  if (known) return known
  const found = resolve(dirname(file), extname(path) ? path : `${path}.ejs`)
  included.set(path, found)
  return found
}
