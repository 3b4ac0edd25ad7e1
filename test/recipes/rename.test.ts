import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse as parseDotenv } from 'dotenv'
import { parse as parseYaml } from 'yaml'
import { commitAll, copyProject, mustRun, runIn } from '../support/project-copy.ts'

const copy = copyProject()

test('a name that cannot be one is refused with one line, and nothing changes', () => {
  for (const [args, reason] of [
    [[], /Type it: npm run rename -- "My App"/],
    [['  '], /Which name\?/],
    [['My', 'App'], /several words needs quotes/],
    [['A name of forty-one characters, which is 1'], /at most 40 characters/],
    [['Bell \u0007'], /no control characters/],
    [[`' " and \``], /leave one out/],
    [['日本'], /"" cannot be the package's name.* --package my-app/],
    [['Mine', '--package', 'Not Mine'], /"Not Mine" cannot be the package's name/],
    [['Express'], /package express is one that this app uses/],
  ] as const) {
    const { status, stderr, stdout } = rename(...args)
    assert.equal(status, 1, stdout)
    assert.match(stderr.trim(), reason)
    assert.equal(stderr.trim().split('\n').length, 1, stderr)
  }
  assert.equal(status(), '')
})

test('with changes that are not committed nothing is renamed', () => {
  const file = join(copy, 'README.md')
  const before = readFileSync(file, 'utf8')
  writeFileSync(file, `${before}\nMine.\n`)
  const { status, stderr } = rename('My App')
  assert.equal(status, 1)
  assert.match(stderr, /^Commit first: [^\n]*\n$/)
  writeFileSync(file, before)
})

for (const [name, packageName, ...options] of [
  ['My App', 'my-app'],
  [`Zoë's "Box" & Co`, 'zoes-box-co'],
  ['$& \\1 #1', 'dollar', '--package', 'dollar'],
  ['A name that has exactly forty characters', 'a-name-that-has-exactly-forty-characters'],
] as const) {
  test(`${name} stands wherever the app bears a name, and each changed line is told`, () => {
    const { status: code, stdout, stderr } = rename(name, ...options)
    assert.equal(code, 0, stderr)
    assert.equal(json('package.json').name, packageName)
    assert.equal(json('package-lock.json').name, packageName)
    assert.equal(json('package-lock.json').packages[''].name, packageName)
    assert.equal(json('.devcontainer/devcontainer.json').name, packageName)
    assert.equal(parseYaml(read('docker-compose.yml')).name, packageName)
    assert.ok(read('Dockerfile').includes(`image.title="${packageName}"`))
    assert.equal(read('README.md').split('\n', 1)[0], `# ${name}`)
    assert.equal(parseDotenv(read('.env.example').replace('# APP_NAME=', 'APP_NAME=')).APP_NAME, name)
    assert.ok(read('.env.example').includes(`Default ${name}. `))
    assert.equal(defaultName(), name)
    const told = stdout.split('\n').filter((line) => /^\S+:\d+ {2}/.test(line))
    assert.equal(
      told.length,
      Number(mustRun(copy, 'git', 'diff', '--numstat').match(/^\d+/gm)?.reduce(sum, '0')),
    )
    for (const line of told) {
      const [, file = '', number, text] = /^(\S+):(\d+) {2}(.*)$/.exec(line) ?? []
      assert.equal(read(file).split('\n')[Number(number) - 1]?.trim(), text)
    }
    commitAll(copy)
  })
}

test('the same name once more changes nothing and says so', () => {
  const { status: code, stdout } = rename('A name that has exactly forty characters')
  assert.equal(code, 0)
  assert.match(stdout, /^It is A name that has exactly forty characters already\.\n/)
  assert.equal(status(), '')
})

test('the old name is nowhere any more but where a test or the history speaks of it', () => {
  const files = mustRun(copy, 'git', 'grep', '-liE', 'latchkey|express-mongo-session-starter')
  const elsewhere = files
    .split('\n')
    .filter((file) => file && !/^(test\/|CHANGELOG\.md$|LICENSE$)/.test(file))
  assert.deepEqual(elsewhere, [])
})

test('under its new name the project passes its checks and the tests of pages and settings', () => {
  mustRun(copy, 'npm', 'run', 'check')
  mustRun(copy, process.execPath, '--import', 'tsx', '--test', ...tests)
})

/** Those that know the app by its name. The rest is as before, and takes minutes. */
const tests = [
  'test/core/configuration.test.ts',
  'test/core/register.test.ts',
  'test/core/pages.test.ts',
  'test/core/sign-in.test.ts',
  'test/core/passwords.test.ts',
]

function rename(...args: string[]) {
  return runIn(copy, process.execPath, '--import', 'tsx', 'dev/rename.ts', ...args)
}

function defaultName(): string {
  const program = `
    import { readConfig } from './src/config.ts'
    console.log(readConfig({ NODE_ENV: 'development', DATABASE_URL: 'mongodb://127.0.0.1/any', SECRET_KEY: 'xk3vQ9mZr7TpLw2sBd8hNfYc5GjVu4Ae' }).appName)`
  return mustRun(copy, process.execPath, '--import', 'tsx', '--input-type=module', '--eval', program).trim()
}

function status(): string {
  return mustRun(copy, 'git', 'status', '--porcelain')
}

function read(file: string): string {
  return readFileSync(join(copy, file), 'utf8')
}

function json(file: string) {
  return JSON.parse(read(file))
}

function sum(total: string, lines: string): string {
  return String(Number(total) + Number(lines))
}
