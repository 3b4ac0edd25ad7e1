import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { project, readProjectFile } from '../support/project.ts'
import { mustRun } from '../support/project-copy.ts'

// A recipe is a heading in docs/grow.md, the file with that title in this folder, or both, with the rest (such as the test) in
// the file.

/** A code block after the name of the file it creates or changes; or npm run new, or npm install of one package. */
interface Step {
  /** Empty for a command. */
  file: string
  isDiff: boolean
  /** "In place of all of" a file. */
  replaces: boolean
  code: string
}

/** A file name at the end of a paragraph, then a block; or a block that is a command. */
const step =
  /(?:(in place of all of )?`([\w./-]+)`:\n\n```(\w+)\n(.*?)|^```sh\n(npm run new -- .*?|npm install [\w@/-]+)\n)^```$/gms

const sections = headed(readProjectFile('docs/grow.md'), '## ')
const files = readdirSync(join(project, 'workbench/recipes')).filter((name) => name.endsWith('.md'))
const continued = files.flatMap((name) => headed(readProjectFile(`workbench/recipes/${name}`), '# '))

/** The titles of recipes with steps. Generators come last: npm run new handles any list of features, unlike diffs. */
export function recipes(): string[] {
  const titles = [...new Set([...sections, ...continued].map(({ title }) => title))]
  const isGenerated = (title: string) => stepsOf(title).some(({ file }) => !file)
  return titles
    .filter((title) => stepsOf(title).length > 0)
    .toSorted((one, other) => Number(isGenerated(one)) - Number(isGenerated(other)))
}

/** @throws if no recipe with this title has steps */
export function recipe(title: string): Step[] {
  const steps = stepsOf(title)
  if (steps.length === 0) throw new Error(`No recipe has the title "${title}".`)
  return steps
}

/** Commands first, because the others change the files they write. */
function stepsOf(title: string): Step[] {
  return [...sections, ...continued]
    .filter((section) => section.title === title)
    .flatMap(({ text }) => [...text.matchAll(step)])
    .map(([, replaces, file = '', kind, code, command = '']) => ({
      file,
      replaces: replaces !== undefined,
      isDiff: kind === 'diff',
      code: code ?? command,
    }))
    .toSorted((one, other) => Number(one.file !== '') - Number(other.file !== ''))
}

function headed(document: string, mark: string): { title: string; text: string }[] {
  const [, ...parts] = document.split(new RegExp(`^${mark}`, 'm'))
  return parts.map((text) => ({ title: text.split('\n', 1)[0] ?? '', text }))
}

/** Follows a recipe. @throws unless each diff matches its file exactly once */
export function follow(steps: Step[], folder: string): void {
  for (const { file, isDiff, replaces, code } of steps) {
    const path = join(folder, file)
    if (code.startsWith('npm install ')) install(folder, code.replace('npm install ', ''))
    else if (!file) generate(folder, code)
    else if (isDiff) {
      const places = code.split(/^@@.*\n/m)
      writeFileSync(
        path,
        places.reduce((text, place) => changed(text, place, file), readFileSync(path, 'utf8')),
      )
    } else {
      mkdirSync(dirname(path), { recursive: true })
      // Never overwrites a file, unless the recipe says so.
      writeFileSync(path, code, { flag: replaces ? 'w' : 'wx' })
    }
  }
}

/** Once per copy, because several recipes change the same books. */
function generate(folder: string, command: string): void {
  const [, , , , name = '', ...fields] = command.split(' ')
  if (!existsSync(join(folder, 'src/features', name)))
    mustRun(folder, 'npm', 'run', 'new', '--', name, ...fields)
}

/** Without the network, from the workbench's modules, because a copy shares the project's modules. */
function install(folder: string, name: string): void {
  const [modules, shared] = [join(folder, 'node_modules'), join(project, 'node_modules')]
  rmSync(modules)
  mkdirSync(modules)
  for (const entry of readdirSync(shared)) symlinkSync(join(shared, entry), join(modules, entry))
  cpSync(join(project, 'workbench/node_modules', name), join(modules, name), { recursive: true })
}

function changed(text: string, place: string, file: string): string {
  const lines = place.split('\n').slice(0, -1)
  const before = lines.filter((line) => !line.startsWith('+')).map(withoutSign)
  const after = lines.filter((line) => !line.startsWith('-')).map(withoutSign)
  const [start, ...rest] = `\n${text}`.split(`\n${before.join('')}`)
  if (start === undefined || rest.length !== 1)
    throw new Error(`${file} has this ${rest.length} times:\n${before.join('')}`)
  return `${start}\n${after.join('')}${rest[0]}`.slice(1)
}

function withoutSign(line: string): string {
  return `${line.slice(1)}\n`
}
