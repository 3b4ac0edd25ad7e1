import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { withOlderSymbols } from './older-symbols.ts'

/**
 * Copies the engine's libraries once so that they load with glibc 2.36 and 2.37, and returns `cache`, the folder of the
 * copies. Concurrent starts all end up with the same, complete folder. The engine was linked against glibc 2.38, but only
 * uses newer versions of functions that glibc has always had, so the copies refer to the oldest versions instead.
 *
 * @throws when a library needs a function of glibc 2.38 that may have no older version
 */
export function copyForOlderGlibc(original: string, cache: string): string {
  if (isFolder(cache)) return cache
  mkdirSync(dirname(cache), { recursive: true })
  const unfinished = mkdtempSync(`${cache}-`)
  try {
    for (const name of readdirSync(original).filter((name) => /\.(so|node)$/.test(name))) {
      writeFileSync(join(unfinished, name), withOlderSymbols(readFileSync(join(original, name))))
    }
    renameSync(unfinished, cache)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    if (!isFolder(cache)) throw error // otherwise another start has made the same copy
  }
  return cache
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
