import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { cpus, release, totalmem, type } from 'node:os'

/** The machine and versions of a measurement. */
export interface Surroundings {
  date: string
  machine: string
  node: string
  /** Packages that affect the figures. */
  packages: Record<string, string>
  commit: string
}

const named = [
  'express',
  'express-session',
  'connect-mongo',
  'mongodb',
  'mongoose',
  'passport',
  'ejs',
  'connect-redis',
]

export function surroundings(): Surroundings {
  const [cpu, ...others] = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: `${others.length + 1} cores (${cpu?.model.trim()}), ${Math.round(totalmem() / 1e9)} GB, ${type()} ${release()}`,
    node: process.version,
    packages: Object.fromEntries(named.map((name) => [name, versionOf(name)])),
    commit: commit(),
  }
}

/** Installed in the workbench, or else in the project. */
function versionOf(name: string): string {
  const files = ['../..', '../../..'].map(
    (folder) => new URL(`${folder}/node_modules/${name}/package.json`, import.meta.url),
  )
  const file = files.find((one) => existsSync(one))
  if (!file) throw new Error(`${name} isn't installed`)
  const { version }: { version: string } = JSON.parse(readFileSync(file, 'utf8'))
  return version
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()
  } catch {
    return 'no commit'
  }
}
