import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readConfig } from '../support/app.ts'

const script = fileURLToPath(new URL('../../deploy/make-secrets.sh', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'test-secrets-'))
after(() => rmSync(folder, { recursive: true }))

test('the app accepts the configuration made from the secrets of docker-compose.yml', () => {
  makeSecrets({ DATABASE_HOSTS: 'mongo:27017' })
  const config = made()
  const { username, password, host, pathname } = new URL(config.databaseUrl)
  assert.deepEqual([username, host, pathname], ['app', 'mongo:27017', '/app'])
  assert.equal(decodeURIComponent(password), read('database-password'))
})

test('a second start keeps all secrets, and follows changed hosts', () => {
  const kept = ['root-password', 'database-password', 'secret-key', 'replica-set-key']
  const before = kept.map(read)
  const members = 'mongo:27017,mongo-2:27017,mongo-3:27017'
  makeSecrets({ DATABASE_HOSTS: members, DATABASE_OPTIONS: '&replicaSet=rs0' })
  assert.deepEqual(kept.map(read), before)
  assert.ok(read('database-url').endsWith(`@${members}/app?tls=false&replicaSet=rs0`))
})

test('a new key is added before the old one, which can then be dropped', () => {
  const old = read('secret-key')
  makeSecrets({ DATABASE_HOSTS: 'mongo:27017' }, 'new-key')
  const [key = '', ...rest] = made().secretKeys
  assert.deepEqual(rest, [old])
  assert.notEqual(key, old)
  makeSecrets({ DATABASE_HOSTS: 'mongo:27017' }, 'drop-old-keys')
  assert.deepEqual(made().secretKeys, [key])
})

test('only their owner can read the secrets', () => {
  for (const file of readdirSync(folder)) assert.equal(statSync(join(folder, file)).mode & 0o077, 0, file)
})

function makeSecrets(env: Record<string, string>, ...operands: string[]): void {
  execFileSync('sh', [script, ...operands], {
    env: { PATH: process.env.PATH, SECRETS_FOLDER: folder, ...env },
  })
}

/** The configuration that the app reads from them. */
function made() {
  return readConfig({
    DATABASE_URL_FILE: join(folder, 'database-url'),
    SECRET_KEY_FILE: join(folder, 'secret-key'),
    MAIL: 'off',
  })
}

function read(file: string): string {
  return readFileSync(join(folder, file), 'utf8')
}
