import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

// npm run remove -- NAME [--with-dependents] [--dry-run]: takes features out of the project.

const usage = `Usage: npm run remove -- NAME… [--with-dependents] [--dry-run]
Removes features from src/features.ts, with their folders, settings and packages. Features: ${namesOfFeatures().join(', ')}.`

try {
  main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}

function main(): void {
  const { values, positionals } = parse()
  const wanted = positionals.length > 0 ? positionals : fail(usage)
  for (const name of wanted)
    if (!namesOfFeatures().includes(name)) fail(`There is no feature ${name}.\n${usage}`)
  const dependents = dependentsOf(wanted)
  if (dependents.length > 0 && !values['with-dependents'])
    fail(
      `Needed by ${dependents.join(' and ')}. Add --with-dependents to remove ${dependents.length > 1 ? 'them' : 'it'} too.`,
    )
  const names = [...wanted, ...dependents]
  const npm = process.env.npm_execpath ?? fail(usage)
  if (values['dry-run']) {
    describe(names, 'Would remove')
    return
  }
  if (run('git', 'status', '--porcelain') !== '')
    fail('Commit your changes first (git status lists them), so that the removal is a separate commit.')
  describe(names, 'Removed')
  const [settings, packages] = [settingsOf(names), packagesOf(names)]
  for (const folder of names.flatMap(foldersOf)) rmSync(folder, { recursive: true })
  writeFileSync('src/features.ts', listWithout(names))
  writeFileSync('.env.example', exampleWithout(settings))
  for (const file of ['docker-compose.yml', 'compose.cluster.yml'].filter(existsSync))
    writeFileSync(file, composeWithout(settings, readFileSync(file, 'utf8')))
  // Started by file, because Windows can't start npm or npx by name.
  if (packages.length > 0)
    run(process.execPath, npm, 'uninstall', '--package-lock-only', '--no-audit', '--no-fund', ...packages)
  const biome = 'node_modules/@biomejs/biome/bin/biome'
  run(process.execPath, biome, 'check', '--write', 'src/features.ts', 'package.json')
  for (const line of mentionsOf(names, settings)) console.log(`Still mentioned in ${line}`)
  console.log(`Next: ${packages.length > 0 ? 'npm install, ' : ''}npm run check, npm test, and commit.`)
}

function parse() {
  try {
    const options = { 'with-dependents': { type: 'boolean' }, 'dry-run': { type: 'boolean' } } as const
    return parseArgs({ allowPositionals: true, options })
  } catch {
    return fail(usage)
  }
}

function describe(names: readonly string[], verb: string): void {
  const facts = {
    folders: names.flatMap(foldersOf),
    settings: settingsOf(names),
    packages: packagesOf(names),
  }
  console.log(`${verb} ${names.join(', ')}:`)
  for (const [what, some] of Object.entries(facts))
    if (some.length > 0) console.log(`  ${what.padEnd(10)}${some.join(' ')}`)
}

function namesOfFeatures(): string[] {
  return [...readFileSync('src/features.ts', 'utf8').matchAll(/features\/([\w-]+)\/index/g)].map(
    ([, name = '']) => name,
  )
}

/** Features that need one of these, directly or indirectly. */
function dependentsOf(names: readonly string[]): string[] {
  const found = namesOfFeatures().filter((name) => {
    const [, needs = ''] =
      /needs: \[(.*?)\]/s.exec(readFileSync(`src/features/${name}/index.ts`, 'utf8')) ?? []
    return !names.includes(name) && names.some((needed) => needs.includes(`'${needed}'`))
  })
  return found.length > 0 ? [...found, ...dependentsOf([...names, ...found])] : []
}

function foldersOf(name: string): string[] {
  return ['src/features', 'views', 'public', 'test']
    .map((folder) => `${folder}/${name}`)
    .filter((path) => existsSync(path))
}

/** Settings in .env.example that only these features read. */
function settingsOf(names: readonly string[]): string[] {
  const [theirs, others] = sources(names, ['src', 'dev'])
  const settings = [...readFileSync('.env.example', 'utf8').matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(
    ([, name = '']) => name,
  )
  return settings.filter((name) => isNamed(theirs, name) && !isNamed(others, name))
}

function isNamed(text: string, name: string): boolean {
  return new RegExp(`\\b${name}\\b`).test(text)
}

/** Packages, and their types, that only these features import. */
function packagesOf(names: readonly string[]): string[] {
  const [theirs, others] = sources(names, ['src', 'dev', 'test', 'biome.json', 'workbench'])
  const { dependencies = {}, devDependencies = {} } = JSON.parse(readFileSync('package.json', 'utf8'))
  const isImported = (text: string, name: string) => new RegExp(`['"]${name}(/[^'"]*)?['"]`).test(text)
  const unused = (name: string) => isImported(theirs, name) && !isImported(others, name)
  return Object.keys({ ...dependencies, ...devDependencies }).filter((name) =>
    unused(name.replace('@types/', '')),
  )
}

/** Splits paths into those in the features' folders and all others. */
function sources(names: readonly string[], paths: readonly string[]): [string, string] {
  const folders = names.flatMap(foldersOf)
  const isTheirs = (file: string) => folders.some((folder) => file.startsWith(`${folder}/`))
  const files = paths.filter((path) => existsSync(path)).flatMap(filesIn)
  const text = (some: string[]) => some.map((file) => readFileSync(file, 'utf8')).join('\n')
  return [text(files.filter(isTheirs)), text(files.filter((file) => !isTheirs(file)))]
}

function filesIn(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path]
  const entries = readdirSync(path).filter((name) => name !== 'node_modules')
  return entries.flatMap((name) => filesIn(`${path}/${name}`))
}

function listWithout(names: readonly string[]): string {
  return names.reduce(
    (list, name) => {
      const [line = '', variable] =
        new RegExp(`^import \\{ (\\w+) \\} from './features/${name}/.*\\n`, 'm').exec(list) ?? []
      return list.replace(line, '').replace(new RegExp(`(?<=\\[[^\\]]*)\\b${variable}\\b,?\\s*`), '')
    },
    readFileSync('src/features.ts', 'utf8'),
  )
}

/** Without the paragraphs of these settings, and headings that have no paragraph left. */
function exampleWithout(settings: readonly string[]): string {
  const paragraphs = readFileSync('.env.example', 'utf8').trimEnd().split('\n\n')
  const kept = paragraphs.filter(
    (text) => !settings.some((name) => new RegExp(`^(# )?${name}=`, 'm').test(text)),
  )
  const isHeading = (text: string | undefined) => text?.startsWith('# ---') && !text.includes('\n')
  return `${kept.filter((text, index) => !(isHeading(text) && (isHeading(kept[index + 1]) || !kept[index + 1]))).join('\n\n')}\n`
}

/** Without the lines of these settings and a comment directly above. */
function composeWithout(settings: readonly string[], text: string): string {
  return settings.reduce(
    (rest, name) => rest.replace(new RegExp(`^(?: +# .*\\n)? +${name}: .*\\n`, 'gm'), ''),
    text,
  )
}

/** To be changed by hand: this command rewrites neither documents nor the workbench. */
function mentionsOf(names: readonly string[], settings: readonly string[]): string[] {
  const folders = `\\b(features|views|public|test)/(${names.join('|')})\\b`
  const words = [folders, ...settings.map((name) => `\\b${name}\\b`), `remove -- (${names.join('|')})\\b`]
  const patterns = words.flatMap((word) => ['-e', word])
  const { stdout } = spawnSync('git', ['grep', '-nIE', ...patterns, '--', ':!CHANGELOG.md'], {
    encoding: 'utf8',
  })
  return stdout.split('\n').flatMap((line) => /^[^:]+:\d+/.exec(line) ?? [])
}

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) fail(`${command} ${args.join(' ')} failed:\n${stdout}${stderr}`)
  return stdout.trim()
}

function fail(message: string): never {
  throw new Error(message)
}
