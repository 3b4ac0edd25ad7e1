import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { chmodSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { freePort } from '../support/development.ts'
import { readProjectFile } from '../support/project.ts'
import { cleanUp, newPerson, required, sharedDatabaseUrl, until, Visitor } from '../support/testing.ts'
import { replayDockerfile } from './support/dockerfile.ts'

const nobody = 65_534
const root = mkdtempSync(join(tmpdir(), 'test-image-'))
cleanUp(() => rmSync(root, { recursive: true, force: true }))
const { folder, command, healthCheck, env: imageEnv } = replayDockerfile(root)
const modules = join(folder, 'node_modules')
chmodSync(root, 0o755)
execFileSync('chmod', ['-R', 'a-w,a+rX', folder])
cleanUp(() => execFileSync('chmod', ['-R', 'u+w', folder]))

const port = await freePort()
const env = {
  PATH: process.env.PATH,
  ...imageEnv,
  ...required,
  DATABASE_URL: sharedDatabaseUrl(),
  PORT: String(port),
}

test('the image contains only what production needs', () => {
  assert.deepEqual(readdirSync(folder).sort(), [
    'dist',
    'node_modules',
    'package.json',
    'public',
    'resources',
    'views',
  ])
})

test('it has only production packages, below 40 MB', (t) => {
  const lock: { packages: Record<string, { dev?: boolean; optional?: boolean }> } = JSON.parse(
    readProjectFile('package-lock.json'),
  )
  const installed = packagesIn(folder, 'node_modules')
  assert.deepEqual(
    installed.filter((path) => lock.packages[path]?.dev),
    [],
  )
  // Only argon2's binary for this platform, without which no one could sign in.
  const optional = installed.filter((path) => lock.packages[path]?.optional)
  assert.match(optional.join(), /^node_modules\/@node-rs\/argon2-[a-z0-9-]+$/)
  const bytes = sizeOf(modules)
  t.diagnostic(`${installed.length} packages, ${(bytes / 1e6).toFixed(1)} MB`)
  assert.ok(bytes < 40e6)
})

test('it runs as an unprivileged user in a read-only folder, reports its health, and stops on a signal', async () => {
  assert.throws(() => run(['touch', 'package.json']), 'the folder is writable')
  assert.equal(healthOf(), 1, 'healthy before startup')
  const output: string[] = []
  const app = spawn(...asNobody(command), { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = new Promise<number | null>((resolve) => app.on('exit', resolve))
  cleanUp(() => app.kill('SIGKILL'))
  app.stdout.on('data', (text) => output.push(String(text)))
  app.stderr.on('data', (text) => output.push(String(text)))
  await until(`the app is healthy\n${output.join('')}`, () => healthOf() === 0 || app.exitCode !== null)
  assert.equal(app.exitCode, null, output.join(''))

  const visitor = new Visitor(`http://127.0.0.1:${port}`)
  const person = await visitor.register(newPerson())
  assert.match((await visitor.get('/dashboard')).text, new RegExp(`Hello, ${person.name}<`))
  assert.equal((await visitor.get('/robots.txt')).status, 200)
  assert.ok(run(['node', 'dist/operator/index.js', 'sessions', 'list']).includes(person.email))

  app.kill('SIGTERM')
  assert.equal(await exited, 0)
})

function healthOf(): number | null {
  return spawnSync(...asNobody(healthCheck), { cwd: folder, env }).status
}

function run(words: string[]): string {
  return execFileSync(...asNobody(words), { cwd: folder, env, encoding: 'utf8' })
}

/** Without any permissions if these tests run as root. */
function asNobody(words: string[]): [command: string, operands: string[]] {
  const drop = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--no-new-privs']
  const [first = '', ...rest] = process.getuid?.() === 0 ? [...drop, ...words] : words
  return [first, rest]
}

/** Paths as in package-lock.json. */
function packagesIn(root: string, folder: string): string[] {
  return readdirSync(join(root, folder)).flatMap((name) => {
    const path = `${folder}/${name}`
    if (name.startsWith('.')) return []
    if (name.startsWith('@')) return packagesIn(root, path)
    const inner = readdirSync(join(root, path)).includes('node_modules') ? `${path}/node_modules` : undefined
    return [path, ...(inner ? packagesIn(root, inner) : [])]
  })
}

function sizeOf(path: string): number {
  const stat = lstatSync(path)
  if (!stat.isDirectory()) return stat.size
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0)
}
