import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

interface Locked {
  version?: string
  resolved?: string
  integrity?: string
  link?: boolean
}

const lock: { packages: Record<string, Locked> } = read('package-lock.json')
const { '': _project, ...packages } = lock.packages
const manifest: Record<string, Record<string, string> | undefined> = read('package.json')

test('every locked package has a version and the SHA-512 of its content', () => {
  assert.ok(Object.keys(packages).length > 100)
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
  assert.ok(asked.length > 20)
  assert.deepEqual(
    asked.filter(([, version]) => !/^[~^]?\d+\.\d+\.\d+$/.test(version)),
    [],
  )
})

test('npm runs no script of a package that it installs', () => {
  assert.match(readFileSync(new URL('../../.npmrc', import.meta.url), 'utf8'), /^ignore-scripts=true$/m)
})

function namesOf(isBad: (one: Locked) => boolean): string[] {
  return Object.entries(packages).flatMap(([name, one]) => (isBad(one) ? [name] : []))
}

function read(file: string) {
  return JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'))
}
