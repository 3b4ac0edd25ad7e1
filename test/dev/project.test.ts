import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse as parseDotenv } from 'dotenv'
import { parse } from 'yaml'
import { readConfig } from '../../src/config.ts'
import { features } from '../../src/features.ts'

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
  test('the dev container has the Node version of .nvmrc and forwards the app', () => {
    const { image, postCreateCommand, forwardPorts } = json('.devcontainer/devcontainer.json')
    assert.equal(image, `mcr.microsoft.com/devcontainers/typescript-node:${text('.nvmrc').trim()}`)
    assert.equal(postCreateCommand, 'npm install')
    assert.deepEqual(forwardPorts, [3000])
  })

  test('VS Code starts scripts that exist in package.json', () => {
    const { configurations } = json('.vscode/launch.json')
    for (const { runtimeExecutable, runtimeArgs } of configurations) {
      assert.equal(runtimeExecutable, 'npm')
      const [first, second] = runtimeArgs
      assert.ok((first === 'run' ? second : first) in scripts, runtimeArgs.join(' '))
    }
  })

  test('VS Code recommends its configured formatter', () => {
    const settings = json('.vscode/settings.json')
    const { recommendations } = json('.vscode/extensions.json')
    assert.ok(recommendations.includes(settings['[typescript]']['editor.defaultFormatter']))
  })
})

describe('files for GitHub', () => {
  const folder = '.github/ISSUE_TEMPLATE'
  const forms = readdirSync(folder).filter((name) => name !== 'config.yml')

  for (const name of forms) {
    test(`the issue form ${name} has what GitHub requires`, () => {
      const form: Record<string, string> & { body: FormField[] } = parse(text(`${folder}/${name}`))
      assert.ok(form.name && form.description)
      const fields = form.body.filter(({ type }) => type !== 'markdown')
      for (const { id, attributes } of fields) assert.ok(id && attributes.label)
      assert.equal(new Set(fields.map(({ id }) => id)).size, fields.length)
    })
  }
})

describe('.env.example', () => {
  const example = text('.env.example')
  const shown = parseDotenv(example.replace(/^# (?=[A-Z_]+=)/gm, ''))
  const required = {
    DATABASE_URL: 'mongodb://127.0.0.1:27017/app',
    SECRET_KEY: 'xk3vQ9mZr7TpLw2sBd8hNfYc5GjVu4Ae',
    MAIL: 'off',
  }

  test('has exactly the variables that the app, npm run dev and the compose files read', () => {
    const shapes = sources('src').flatMap((source) => all(source, /^ +([A-Z_]{2,}): [a-z]\w+[(,]/gm))
    const single = sources('src').flatMap((source) =>
      all(source, /\benv\.([A-Z_]+)|'([A-Z_]+)', \d|\b([A-Z]+_[A-Z_]+): string\(/g),
    )
    const files = all(text('src/env.ts'), /'([A-Z_]+)'(?=[^[\]]*\]\) \{\n *const file)/g)
    const inDevelopment = all(text('dev/settings.ts'), /\b([A-Z]+_[A-Z]+)\b/g)
    const byCompose = ['docker-compose.yml', 'compose.cluster.yml'].flatMap((file) =>
      all(text(file), /\$\{([A-Z_]+)/g),
    )
    assert.ok(shapes.includes('SESSION_ABSOLUTE_DAYS') && inDevelopment.includes('DATABASE_PORT'))
    assert.deepEqual(files, ['DATABASE_URL', 'SECRET_KEY'])
    const read = [
      ...shapes,
      ...single,
      ...inDevelopment,
      ...byCompose,
      ...files.map((name) => `${name}_FILE`),
    ]
    // That one is Compose's own.
    const ours = read.filter((name) => name !== 'COMPOSE_PROJECT_NAME')
    assert.deepEqual(Object.keys(shown).sort(), [...new Set(ours)].sort())
  })

  test('shows the defaults', () => {
    // After a rename, the example may still have the old name.
    const APP_NAME = 'Any'
    const read = (env: Record<string, string>) => [
      readConfig({ ...env, ...required, APP_NAME }),
      ...features.map(({ settings }) => settings?.({ ...env, ...required })),
    ]
    assert.deepEqual(read(shown), read({}))
    assert.ok(readConfig({ ...required, DATABASE_URL: shown.DATABASE_URL }))
  })

  test('changes nothing when it is copied to .env', () => {
    assert.deepEqual(parseDotenv(example), {})
  })
})

test('CHANGELOG.md has a section for the version in package.json', () => {
  assert.match(text('CHANGELOG.md'), new RegExp(`^## \\[${version}\\] - \\d{4}-\\d{2}-\\d{2}$`, 'm'))
})

test('every locked package has a version and the SHA-512 of its content', () => {
  const unsure = namesOf(
    ({ version = '', integrity = '' }) =>
      !/^\d+\.\d+\.\d+/.test(version) || !/^sha512-[\w+/]{86}==$/.test(integrity),
  )
  assert.deepEqual(unsure, [])
})

test('every locked package comes from the registry', () => {
  const elsewhere = namesOf(
    ({ link, resolved = 'https://registry.npmjs.org/' }) =>
      link || !resolved.startsWith('https://registry.npmjs.org/'),
  )
  assert.deepEqual(elsewhere, [])
})

test('package.json has version ranges only, no URLs, folders or tags', () => {
  const asked = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].flatMap(
    (kind) => Object.entries(manifest[kind] ?? {}),
  )
  assert.deepEqual(
    asked.filter(([, version]) => !/^[~^]?\d+\.\d+\.\d+$/.test(version)),
    [],
  )
})

test('npm runs no install scripts', () => {
  assert.match(text('.npmrc'), /^ignore-scripts=true$/m)
})

function namesOf(isBad: (one: Locked) => boolean): string[] {
  return Object.entries(packages).flatMap(([name, one]) => (isBad(one) ? [name] : []))
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => text(join(folder, name)))
}

function all(source: string, pattern: RegExp): string[] {
  return [...source.matchAll(pattern)].map((groups) => groups.slice(1).find(Boolean) ?? '')
}

function text(file: string): string {
  return readFileSync(file, 'utf8')
}

function json(file: string) {
  return JSON.parse(text(file))
}
