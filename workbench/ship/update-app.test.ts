import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { readProjectFile } from '../support/project.ts'
import { cleanUp } from '../support/testing.ts'

const root = mkdtempSync(join(tmpdir(), 'test-update-app-'))
cleanUp(() => rmSync(root, { recursive: true }))
const source = join(root, 'source')
const app = join(root, 'app')
const bin = join(root, 'bin')

/** The script of docs/deploy.md, in a folder of this test. */
const deploy = readProjectFile('docs/deploy.md')
const [, script = ''] = /```sh\n(#!\/bin\/sh\n# \/usr\/local\/bin\/update-app.*?)```/s.exec(deploy) ?? []
mkdirSync(bin)
writeFileSync(join(bin, 'update-app'), script.replaceAll('/srv/app', app), { mode: 0o755 })
/** Stand in for a build and for systemd, and fail when a test wants it. */
const standIns = {
  npm: '#!/bin/sh\nif [ "$1" = run ]; then exit "$BUILD"; fi\n',
  'restart-app': `#!/bin/sh\nread -r version <${app}/current/version; echo "$version" >>${root}/starts\n[ "$version" != "$BAD" ]\n`,
}
for (const [name, text] of Object.entries(standIns)) writeFileSync(join(bin, name), text, { mode: 0o755 })

git('init', '--quiet', '--initial-branch=main')
commit('one')
execFileSync('git', ['clone', '--quiet', '--mirror', source, join(app, 'repository')])

test('the first version is built, and no process is started anew', () => {
  assert.deepEqual(update({}), { status: 0, current: 'one', previous: undefined, starts: '', releases: 1 })
})

test('a new version runs once it is built, and the last one is kept', () => {
  commit('two')
  const expected = { status: 0, current: 'two', previous: 'one', starts: 'two', releases: 2 }
  assert.deepEqual(update({}), expected)
})

test('one that cannot be built changes nothing', () => {
  commit('three')
  const expected = { status: 1, current: 'two', previous: 'one', starts: '', releases: 2 }
  assert.deepEqual(update({ BUILD: '1' }), expected)
})

test('for one that does not start the old one comes back', () => {
  const { status, current, previous, starts } = update({ BAD: 'three' })
  assert.deepEqual([status, current, previous, starts], [1, 'two', 'one', 'three two'])
})

test('an older version is built when its commit is named, and no more than two are kept', () => {
  const expected = { status: 0, current: 'one', previous: 'two', starts: 'one', releases: 2 }
  assert.deepEqual(update({}, 'main~2'), expected)
})

function update(truth: { BUILD?: string; BAD?: string }, ...operands: string[]) {
  writeFileSync(join(root, 'starts'), '')
  const env = { PATH: `${bin}:${process.env.PATH}`, BUILD: '0', BAD: '', ...truth }
  const { status } = spawnSync(join(bin, 'update-app'), operands, { env, encoding: 'utf8' })
  const starts = readFileSync(join(root, 'starts'), 'utf8').trim().replaceAll('\n', ' ')
  const releases = readdirSync(join(app, 'releases')).length
  return { status, current: version('current'), previous: version('previous'), starts, releases }
}

function version(link: string): string | undefined {
  try {
    return readFileSync(join(app, readlinkSync(join(app, link)), 'version'), 'utf8').trim()
  } catch {
    return undefined
  }
}

function commit(version: string): void {
  writeFileSync(join(source, 'version'), `${version}\n`)
  git('add', 'version')
  git('-c', 'user.name=test', '-c', 'user.email=test@example.com', 'commit', '--quiet', '-m', version)
}

function git(...operands: string[]): void {
  mkdirSync(source, { recursive: true })
  execFileSync('git', operands, { cwd: source })
}
