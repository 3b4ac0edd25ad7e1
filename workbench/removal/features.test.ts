import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { project } from '../support/project.ts'
import { copyProject, mustRun, runIn } from '../support/project-copy.ts'

const features = readdirSync(join(project, 'src/features'))

/** Each feature with its dependents, and all together. */
const removals = [...features.map((name) => [name]), features]

for (const names of removals) {
  test(`after npm run remove -- ${names.join(' ')} the project passes its checks and tests`, () => {
    const copy = copyProject()
    mustRun(copy, 'npm', 'run', 'remove', '--', ...names, '--with-dependents')
    for (const name of names) {
      for (const folder of ['src/features', 'views', 'public', 'test'])
        assert.ok(!existsSync(join(copy, folder, name)), `${folder}/${name}`)
      const mentions = runIn(copy, 'git', 'grep', '-E', `features/${name}/`, '--', 'src', 'dev', 'test')
      assert.equal(mentions.stdout, '')
    }
    mustRun(copy, 'npm', 'run', 'check')
    mustRun(copy, 'npm', 'test')
  })
}

test('npm run remove refuses a feature that others need, an unknown one, and uncommitted changes', () => {
  const copy = copyProject()
  const refusal = (...args: string[]) => {
    const { status, stderr } = runIn(copy, 'npm', 'run', '--silent', 'remove', '--', ...args)
    assert.equal(status, 1)
    assert.doesNotMatch(stderr, /\bat .*:\d+/)
    return stderr
  }
  assert.match(refusal('account'), /^Needed by mail\. Add --with-dependents to remove it too\.$/m)
  assert.match(refusal('moon'), /^There is no feature moon\.$/m)
  assert.match(refusal(), /^Usage: npm run remove -- NAME/m)
  assert.equal(mustRun(copy, 'git', 'status', '--porcelain'), '')

  const plan = mustRun(copy, 'npm', 'run', '--silent', 'remove', '--', 'metrics', '--dry-run')
  assert.match(plan, /^Would remove metrics:\n {2}folders {3}src\/features\/metrics test\/metrics\n/)
  assert.match(plan, /^ {2}settings {2}METRICS_PORT METRICS_HOST\n {2}packages {2}prom-client$/m)
  assert.equal(mustRun(copy, 'git', 'status', '--porcelain'), '')

  mustRun(copy, 'git', 'mv', 'LICENSE', 'LICENCE')
  assert.match(refusal('metrics'), /^Commit your changes first/m)
})
