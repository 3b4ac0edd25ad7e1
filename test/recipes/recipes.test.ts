import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { copyProject, mustRun, runIn } from '../support/project-copy.ts'
import { follow, recipe } from '../support/recipes.ts'

const withCode = ['A page', 'A field of the user', 'A model with a private list page']

for (const heading of withCode) {
  describe(heading, () => {
    const steps = recipe(heading)
    const tests = steps.map(({ file }) => file).filter(isTest)
    const rest = steps.filter(({ file }) => !isTest(file))
    const copy = copyProject()

    test('its test fails as long as nothing else is done', () => {
      const [first] = tests
      assert.ok(first)
      follow(
        steps.filter(({ file }) => isTest(file)),
        copy,
      )
      assert.equal(runIn(copy, ...nodeTest, ...tests).status, 1)
    })

    test('done word for word it passes its test, and keeps to the order of the imports', () => {
      follow(rest, copy)
      mustRun(copy, ...nodeTest, ...tests, 'test/architecture.test.ts')
    })
  })
}

test('all recipes go together, and pass types, lint and the search for unused code', () => {
  const copy = copyProject()
  const steps = [...withCode, 'How long a session lasts'].flatMap(recipe)
  follow(steps, copy)
  mustRun(copy, ...nodeTest, ...steps.map(({ file }) => file).filter(isTest))
  mustRun(copy, 'npm', 'run', 'check')
})

const nodeTest = [process.execPath, '--import', 'tsx', '--test'] as const

function isTest(file: string): boolean {
  return file.endsWith('.test.ts')
}
