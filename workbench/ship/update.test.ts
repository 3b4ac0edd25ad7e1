import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { cleanUp } from '../support/testing.ts'

const script = fileURLToPath(new URL('../../deploy/update.sh', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'test-update-'))
cleanUp(() => rmSync(folder, { recursive: true }))

/** Stands in for Docker, which no test needs: writes down what it is asked for and tells what a test wants to be true. */
const docker = `#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in
  'compose ps --quiet app') printf '%s' "$OLD" ;;
  'compose ps --all --quiet app') printf '%s\\n' "$OLD" $NEW ;;
  'compose build app') exit "$BUILD" ;;
  'compose up '*) exit "$UP" ;;
esac
`
writeFileSync(join(folder, 'docker'), docker, { mode: 0o755 })

const up = 'compose up --detach --no-deps --no-recreate --wait --wait-timeout 120 --scale app=4 app'

test('the old processes end once as many new ones are healthy', () => {
  const { status, calls } = update({})
  assert.equal(status, 0)
  assert.deepEqual(calls.slice(2), [
    up,
    'stop -t 12 old-1 old-2',
    'rm old-1 old-2',
    'compose exec -T caddy caddy reload --config /etc/caddy/Caddyfile',
    'image prune --force',
  ])
})

test('when the new ones are not healthy they end, and the old ones stay', () => {
  const { status, calls, errors } = update({ UP: '1' })
  assert.equal(status, 1)
  assert.deepEqual(calls.slice(2), [up, 'compose ps --all --quiet app', 'rm --force new-1 new-2'])
  assert.match(errors, /the old one serves on/)
})

test('it says so as well when no new one could be made', () => {
  const { status, calls, errors } = update({ UP: '1', NEW: '' })
  assert.deepEqual([status, calls.at(-1)], [1, 'compose ps --all --quiet app'])
  assert.match(errors, /the old one serves on/)
})

test('nothing changes when the build fails, or when there is no app to update', () => {
  const built = update({ BUILD: '1' })
  assert.deepEqual([built.status, built.calls.at(-1)], [1, 'compose build app'])
  const none = update({ OLD: '' })
  assert.deepEqual([none.status, none.calls], [1, ['compose ps --quiet app']])
  assert.match(none.errors, /docker compose up -d --build/)
})

function update(truth: { OLD?: string; NEW?: string; BUILD?: string; UP?: string }) {
  const CALLS = join(folder, 'calls')
  writeFileSync(CALLS, '')
  const PATH = `${folder}:${process.env.PATH}`
  const env = { PATH, CALLS, OLD: 'old-1\nold-2', NEW: 'new-1 new-2', BUILD: '0', UP: '0', ...truth }
  const { status, stderr } = spawnSync(script, { env, encoding: 'utf8' })
  return { status, errors: stderr, calls: readFileSync(CALLS, 'utf8').trim().split('\n') }
}
