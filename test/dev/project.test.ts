import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { parse } from 'yaml'

interface FormField {
  type: string
  id?: string
  attributes: { label?: string; value?: string }
}

interface Locked {
  version?: string
  resolved?: string
  integrity?: string
  link?: boolean
}

const lock: { packages: Record<string, Locked> } = json('package-lock.json')
const { '': _project, ...packages } = lock.packages
const manifest: Record<string, Record<string, string> | undefined> = json('package.json')

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
})

test('CHANGELOG.md tells of the version in package.json', () => {
  assert.match(text('CHANGELOG.md'), new RegExp(`^## \\[${version}\\] - \\d{4}-\\d{2}-\\d{2}$`, 'm'))
})

test('every locked package has a version and the SHA-512 of its content', () => {
  const unsure = namesOf(
    ({ version = '', integrity = '' }) =>
      !/^\d+\.\d+\.\d+/.test(version) || !/^sha512-[\w+/]{86}==$/.test(integrity),
  )
  assert.deepEqual(unsure, [])
})

test('no locked package comes from a git repository, a folder, or an address beside the registry', () => {
  const elsewhere = namesOf(
    ({ link, resolved = 'https://registry.npmjs.org/' }) =>
      link || !resolved.startsWith('https://registry.npmjs.org/'),
  )
  assert.deepEqual(elsewhere, [])
})

test('package.json asks for versions, never for an address, a folder or a tag', () => {
  const asked = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].flatMap(
    (kind) => Object.entries(manifest[kind] ?? {}),
  )
  assert.deepEqual(
    asked.filter(([, version]) => !/^[~^]?\d+\.\d+\.\d+$/.test(version)),
    [],
  )
})

test('npm runs no script of a package that it installs', () => {
  assert.match(text('.npmrc'), /^ignore-scripts=true$/m)
})

function namesOf(isBad: (one: Locked) => boolean): string[] {
  return Object.entries(packages).flatMap(([name, one]) => (isBad(one) ? [name] : []))
}

function text(file: string): string {
  return readFileSync(file, 'utf8')
}

function json(file: string) {
  return JSON.parse(text(file))
}
