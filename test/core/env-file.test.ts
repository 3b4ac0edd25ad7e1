import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, beforeEach, test } from 'node:test'
import { loadEnv } from '../../src/env.ts'
import { ConfigError } from '../../src/errors.ts'

const folder = mkdtempSync(join(tmpdir(), 'test-env-'))
const project = process.cwd()
process.chdir(folder)
after(() => {
  process.chdir(project)
  rmSync(folder, { recursive: true })
})
beforeEach(() => rmSync('.env', { recursive: true, force: true }))

const line = 'TEST_COLOR=green\n'

/** The error that an operator sees. */
function refusal(): string {
  try {
    return `TEST_COLOR is ${loadEnv().TEST_COLOR}`
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.message
  }
}

test('.env is read even with a byte order mark', () => {
  for (const text of [line, `\uFEFF${line}`]) {
    writeFileSync('.env', text)
    assert.equal(loadEnv().TEST_COLOR, 'green')
  }
})

test("a .env in UTF-16, which PowerShell's > writes, is refused in one line", () => {
  writeFileSync('.env', Buffer.from(`\uFEFF${line}`, 'utf16le'))
  assert.equal(refusal(), ".env isn't UTF-8 text. Save it as UTF-8.")
})

test("a .env that can't be read is refused in one line", () => {
  mkdirSync('.env')
  assert.equal(refusal(), "Can't read .env. Check its permissions, or delete it.")
})
