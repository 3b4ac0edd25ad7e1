import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import ejs from 'ejs'
import { fieldsOf } from './new/fields.ts'
import { example, namesOf } from './new/names.ts'

// npm run new -- NAME FIELD:TYPE…: writes a feature with one model, its pages and its tests.

const usage = `Type a name and its fields: npm run new -- ${example}`
const list = 'src/features.ts'

try {
  main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

function main(): void {
  const { given, plural } = parse()
  const [name = fail(usage), ...specs] = given
  const names = namesOf(name, plural)
  const { folder, path } = names
  const values = { ...names, ...fieldsOf(specs, names) }
  write({
    [`src/features/${folder}/index.ts`]: filled('index.ts', values),
    [`src/features/${folder}/${folder}.ts`]: filled('model.ts', values),
    [`src/features/${folder}/routes.ts`]: filled('routes.ts', values),
    [`views/${folder}/list.ejs`]: filled('list.ejs', values),
    [`views/${folder}/show.ejs`]: filled('show.ejs', values),
    [`views/${folder}/form.ejs`]: filled('form.ejs', values),
    [`test/${folder}/${folder}.test.ts`]: filled('test.ts', values),
    [list]: listWith(names),
  })
  console.log(`See it:   npm run seed, npm run dev, and sign in at http://localhost:3000/login?returnTo=${path}
Test it:  npm run check && npm test -- test/${folder}/${folder}.test.ts
Keep it:  git add . && git commit; from then on npm run remove -- ${folder} takes it out again`)
}

function parse(): { given: string[]; plural: string | undefined } {
  try {
    const options = { plural: { type: 'string' } } as const
    const { values, positionals } = parseArgs({ allowPositionals: true, options })
    return { given: positionals, plural: values.plural }
  } catch {
    return fail(usage)
  }
}

/** Tags of the templates are {% … %}, so that those of EJS can stand in them. */
function filled(template: string, values: object): string {
  const file = new URL(`new/${template}.ejs`, import.meta.url)
  const tags = { openDelimiter: '{', closeDelimiter: '}', escape: String }
  return ejs.render(readFileSync(file, 'utf8'), values, tags)
}

function listWith({ folder, things }: { folder: string; things: string }): string {
  const text = readFileSync(list, 'utf8')
  const added = text
    .replace(/(?<=^import .*\n)/m, `import { ${things} } from './features/${folder}/index.ts'\n`)
    .replace(/(?<=: readonly Feature\[\] = \[)/, `${things}, `)
  return added.includes(`[${things}, `)
    ? added
    : fail(`${list} has no list of features any more. Write it again.`)
}

/** All of it, as the formatter wants it, or nothing. */
function write(files: Record<string, string>): void {
  const before = readFileSync(list)
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
    const biome = ['node_modules/@biomejs/biome/bin/biome', 'check', '--write']
    const written = Object.keys(files).filter((file) => file.endsWith('.ts'))
    const { status, stdout, stderr } = spawnSync(process.execPath, [...biome, ...written], {
      encoding: 'utf8',
    })
    if (status !== 0) fail(`The linter refuses what was written, so nothing was kept:\n${stdout}${stderr}`)
  } catch (error) {
    for (const file of Object.keys(files).filter((file) => file !== list))
      rmSync(dirname(file), { recursive: true, force: true })
    writeFileSync(list, before)
    throw error
  }
}

function fail(message: string): never {
  throw new Error(message)
}
