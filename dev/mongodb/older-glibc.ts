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
 * Copies the engine's libraries so that they load with glibc 2.36 and 2.37, and returns `cache`, the folder of the
 * copies. Made once; starts that race for it all end with the same, whole folder. The engine was linked on glibc 2.38,
 * but all it takes from there are newer versions of functions that glibc has had since its beginning: the copies name
 * the first versions instead.
 *
 * @throws when a library needs something of glibc 2.38 that is not known to have an older twin
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
    if (!isFolder(cache)) throw error // else another start was faster, and its copy is as good
  }
  return cache
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
