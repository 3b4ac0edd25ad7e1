import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { parse } from 'yaml'

interface FormField {
  type: string
  id?: string
  attributes: { label?: string; value?: string }
}

const { scripts, version } = json('package.json')

describe('files for editors', () => {
  test('the container of the editor has the Node of .nvmrc and opens the app', () => {
    const { image, postCreateCommand, forwardPorts } = json('.devcontainer/devcontainer.json')
    assert.equal(image, `mcr.microsoft.com/devcontainers/typescript-node:${text('.nvmrc').trim()}`)
    assert.equal(postCreateCommand, 'npm install')
    assert.deepEqual(forwardPorts, [3000])
  })

  test('what VS Code starts are scripts of package.json', () => {
    const { configurations } = json('.vscode/launch.json')
    for (const { runtimeExecutable, runtimeArgs } of configurations) {
      assert.equal(runtimeExecutable, 'npm')
      const [first, second] = runtimeArgs
      assert.ok((first === 'run' ? second : first) in scripts, runtimeArgs.join(' '))
    }
    assert.equal(configurations.length, 2)
  })

  test('VS Code offers the formatter that it is told to use', () => {
    const settings = json('.vscode/settings.json')
    const { recommendations } = json('.vscode/extensions.json')
    assert.ok(recommendations.includes(settings['[typescript]']['editor.defaultFormatter']))
  })
})

describe('files for GitHub', () => {
  const folder = '.github/ISSUE_TEMPLATE'
  const forms = readdirSync(folder).filter((name) => name !== 'config.yml')

  for (const name of forms) {
    test(`the form ${name} has what GitHub asks of one`, () => {
      const form: Record<string, string> & { body: FormField[] } = parse(text(`${folder}/${name}`))
      assert.ok(form.name && form.description)
      const fields = form.body.filter(({ type }) => type !== 'markdown')
      for (const { id, attributes } of fields) assert.ok(id && attributes.label)
      assert.equal(new Set(fields.map(({ id }) => id)).size, fields.length)
    })
  }

  test('CI runs what a person runs, on every Node that package.json takes', () => {
    const { jobs } = parse(text('.github/workflows/ci.yml'))
    assert.deepEqual(jobs.test.strategy.matrix.node, [20, 22, 24, 26])
    assert.equal(jobs.test.steps.at(-1).run, 'bash .ci/run')
  })
})

test('CHANGELOG.md tells of the version in package.json', () => {
  assert.match(text('CHANGELOG.md'), new RegExp(`^## \\[${version}\\] - \\d{4}-\\d{2}-\\d{2}$`, 'm'))
})

function text(file: string): string {
  return readFileSync(file, 'utf8')
}

function json(file: string) {
  return JSON.parse(text(file))
}
