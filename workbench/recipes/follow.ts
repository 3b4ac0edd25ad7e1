import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { readProjectFile } from '../support/project.ts'
import { mustRun } from '../support/project-copy.ts'

/** One block of code below the name of the file that it is, or changes; or npm run new. */
interface Step {
  /** Empty for the command. */
  file: string
  isDiff: boolean
  /** "In place of all of" a file. */
  replaces: boolean
  code: string
}

const document = readProjectFile('docs/recipes.md')
/** The name of a file at the end of a paragraph, then a block; or a block that is npm run new. */
const step =
  /(?:(in place of all of )?`([\w./-]+)`:?\n\n```(\w+)\n(.*?)|^```sh\n(npm run new -- .*?)\n)^```$/gms

/** The headings of docs/recipes.md that have steps. */
export function recipes(): string[] {
  return [...document.matchAll(/^## (.+)$/gm)]
    .map(([, heading = '']) => heading)
    .filter((heading) => stepsOf(heading).length > 0)
}

/** @returns the steps below this heading of docs/recipes.md @throws when there are none */
export function recipe(heading: string): Step[] {
  const steps = stepsOf(heading)
  if (steps.length === 0) throw new Error(`docs/recipes.md has no steps below "${heading}".`)
  return steps
}

function stepsOf(heading: string): Step[] {
  const section = document.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? ''
  return [...section.matchAll(step)].map(([, replaces, file = '', kind, text, command = '']) => ({
    file,
    replaces: replaces !== undefined,
    isDiff: kind === 'diff',
    code: text ?? command,
  }))
}

/** Does as it is written. @throws when a place is not in its file, or there more than once */
export function follow(steps: Step[], folder: string): void {
  for (const { file, isDiff, replaces, code } of steps) {
    const path = join(folder, file)
    if (!file) mustRun(folder, 'npm', ...code.split(' ').slice(1))
    else if (isDiff) {
      const places = code.split(/^@@.*\n/m)
      writeFileSync(
        path,
        places.reduce((text, place) => changed(text, place, file), readFileSync(path, 'utf8')),
      )
    } else {
      mkdirSync(dirname(path), { recursive: true })
      // Never over a file that is there, unless the recipe says so.
      writeFileSync(path, code, { flag: replaces ? 'w' : 'wx' })
    }
  }
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
