import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import ejs from 'ejs'
import { fieldsOf } from './fields.ts'
import { type Names, namesOf } from './names.ts'
import { Refusal } from './refusal.ts'

export const list = 'src/features.ts'

const example =
  'npm run new -- book title:string notes:text pages:number public:boolean shelf:novel,travel readOn:date'
const usage = `Give a name and its fields, for example ${example}`

export interface Plan {
  folder: string
  /** The path of the pages. */
  path: string
  /** File contents by path. */
  files: Record<string, string>
}

/** What npm run new writes. @throws with one line that says what to enter instead */
export function plan(args: string[]): Plan {
  const { given, plural } = parse(args)
  const [name, ...specs] = given
  if (name === undefined) throw new Error(usage)
  try {
    return planOf(name, specs, plural)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { message, wrong, right } = error
    const command = `npm run new -- ${args.join(' ')}`
    const corrected = `${command} `.replace(` ${wrong} `, ` ${right} `).replace(/ +/g, ' ').trim()
    throw new Error(`${message} Try: ${corrected === command ? example : corrected}`)
  }
}

function planOf(name: string, specs: readonly string[], plural: string | undefined): Plan {
  const names = namesOf(name, plural)
  const { folder, path } = names
  const values = { ...names, ...fieldsOf(specs, names) }
  const files = {
    [`src/features/${folder}/index.ts`]: filled('index.ts', values),
    [`src/features/${folder}/${folder}.ts`]: filled('model.ts', values),
    [`src/features/${folder}/routes.ts`]: filled('routes.ts', values),
    [`views/${folder}/list.ejs`]: filled('list.ejs', values),
    [`views/${folder}/show.ejs`]: filled('show.ejs', values),
    [`views/${folder}/form.ejs`]: filled('form.ejs', values),
    [`test/${folder}/${folder}.test.ts`]: filled('test.ts', values),
    [list]: listWith(names),
  }
  return { folder, path, files }
}

function parse(args: string[]): { given: string[]; plural: string | undefined } {
  try {
    const options = { plural: { type: 'string' } } as const
    const { values, positionals } = parseArgs({ args, allowPositionals: true, options })
    return { given: positionals, plural: values.plural }
  } catch {
    throw new Error(usage)
  }
}

/** Template tags are {% … %}, so that templates can contain EJS tags. */
function filled(template: string, values: object): string {
  const file = new URL(`${template}.ejs`, import.meta.url)
  const tags = { openDelimiter: '{', closeDelimiter: '}', escape: String }
  return ejs.render(readFileSync(file, 'utf8'), values, tags)
}

function listWith({ folder, things }: Names): string {
  const added = readFileSync(list, 'utf8')
    .replace(/(?<=^import .*\n)/m, `import { ${things} } from './features/${folder}/index.ts'\n`)
    .replace(/(?<=: readonly Feature\[\] = \[)/, `${things}, `)
  if (added.includes(`[${things}, `)) return added
  throw new Error(`${list} no longer has the list: export const features: readonly Feature[] = []`)
}
