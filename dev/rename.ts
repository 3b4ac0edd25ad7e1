/**
 * npm run rename -- "My App": gives the app its own name wherever it bears one, and says which lines it changed.
 * The package's name is made of it, unless --package my-app gives another.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { ConfigError } from '../src/config.ts'
import { changedLines, isClean } from './git.ts'
import { inDotenv, inTypeScript, RenameError, readNames } from './rename-names.ts'

interface Place {
  file: string
  /** In parentheses what stands before the name, then the old name. What follows it is a lookahead. */
  pattern: RegExp
  name: string
}

const leftToYou = `
Yours to choose: the words of views/pages/home.ejs, views/partials/head.ejs and foot.ejs, README.md, SECURITY.md and LICENSE; the mark
public/icon.svg, from which npm run icons draws the others; the description in package.json and Dockerfile.
Now: npm run check && npm test, then commit.`

try {
  const { appName, packageName } = readNames(process.argv.slice(2))
  if (!isClean())
    throw new RenameError('Commit first: git status shows what. Then this is a change of its own.')
  const files = write(placesOf(appName, packageName))
  // The name may be too long for its line now, or fit better into quotes of the other kind.
  spawnSync('npx', ['biome', 'check', '--write', ...files], { stdio: 'ignore' })
  const lines = changedLines()
  console.log(lines.length > 0 ? [...lines, leftToYou].join('\n') : `It is ${appName} already.`)
} catch (error) {
  if (!(error instanceof RenameError || error instanceof ConfigError)) throw error
  console.error(error.message)
  process.exitCode = 1
}

function placesOf(appName: string, packageName: string): Place[] {
  const inCode = inTypeScript(appName)
  return [
    { file: 'package.json', pattern: /^(\{\n {2}"name": ").*(?=")/, name: packageName },
    { file: 'package-lock.json', pattern: /^(\{\n {2}"name": ").*(?=")/, name: packageName },
    { file: 'package-lock.json', pattern: /^( {4}"": \{\n {6}"name": ").*(?=")/m, name: packageName },
    { file: 'docker-compose.yml', pattern: /^(name: ).*$/m, name: packageName },
    { file: 'Dockerfile', pattern: /(image\.title=").*(?=")/, name: packageName },
    { file: '.devcontainer/devcontainer.json', pattern: /^( {2}"name": ").*(?=")/m, name: packageName },
    { file: 'README.md', pattern: /^(# ).*$/m, name: appName },
    { file: '.env.example', pattern: /^(# Name on the pages.* Default ).*(?=\. Passwords)/m, name: appName },
    { file: '.env.example', pattern: /^(# APP_NAME=).*$/m, name: inDotenv(appName) },
    { file: 'src/config.ts', pattern: /(APP_NAME: [^;]*?\.default\()(['"]).*\2(?=\))/, name: inCode },
  ]
}

/** @returns the files it wrote to */
function write(places: Place[]): string[] {
  const there = places.filter(({ file }) => existsSync(file))
  for (const { file, pattern, name } of there) {
    const before = readFileSync(file, 'utf8')
    writeFileSync(
      file,
      before.replace(pattern, (_, start: string) => start + name),
    )
  }
  return [...new Set(there.map(({ file }) => file))]
}
