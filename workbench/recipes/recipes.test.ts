import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { copyProject, mustRun, runIn } from '../support/project-copy.ts'
import { follow, recipe, recipes } from './follow.ts'

for (const title of recipes()) {
  describe(title, () => {
    const steps = recipe(title)
    const ownTests = steps.filter(({ file }) => file.endsWith('.test.ts'))
    // npm run new, which refuses an existing folder.
    const commands = steps.filter(({ file }) => !file)
    const copy = copyProject()

    if (ownTests.length > 0)
      test('its test fails until the rest is done', () => {
        follow([...commands, ...ownTests], copy)
        assert.equal(runIn(copy, 'npm', 'test', '--', ...ownTests.map(({ file }) => file)).status, 1)
      })

    test('followed word for word, it passes the type checks, lint and all tests', () => {
      follow(
        steps.filter((step) => ownTests.length === 0 || ![...commands, ...ownTests].includes(step)),
        copy,
      )
      mustRun(copy, 'npm', 'run', 'check')
      mustRun(copy, 'npm', 'test')
    })
  })
}

test('all recipes together pass the type checks, lint and all tests, and no page has a problem in the browser', () => {
  const copy = copyProject()
  for (const title of recipes()) follow(recipe(title), copy)
  mustRun(copy, 'npm', 'run', 'check')
  mustRun(copy, 'npm', 'test')
  // Except the length of the first page, which is up to the fork.
  const looks = ['--test-name-pattern=Accessible', 'test/app/browser/pages.test.ts']
  mustRun(copy, 'npm', 'run', 'test:browser', '--', ...looks)
})
