import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('../../node_modules/.cache/debian/', import.meta.url))
const places = ['/usr/bin', '/usr/sbin', '/usr/local/bin', join(folder, 'usr/bin'), join(folder, 'usr/sbin')]

/**
 * A program from the Debian package of the same name: installed, or unpacked into node_modules/.cache, which needs no root
 * and starts no service. Outside CI, undefined if there is no such package.
 */
export function debianProgram(name: string): string | undefined {
  const found = () => places.map((place) => join(place, name)).find(existsSync)
  const installed = found()
  if (installed) return installed
  if (!unpack(name)) {
    // The package lists may be outdated or missing.
    spawnSync('sudo', ['-n', 'apt-get', 'update'], quiet)
    if (process.getuid?.() === 0) spawnSync('apt-get', ['update'], quiet)
    unpack(name)
  }
  const program = found()
  if (!program && process.env.CI) throw new Error(`No ${name}: apt-get could not download it`)
  return program
}

const quiet = { stdio: 'ignore' } as const

function unpack(name: string): boolean {
  mkdirSync(folder, { recursive: true })
  try {
    const where = { ...quiet, cwd: folder }
    execFileSync('apt-get', ['download', name], where)
    execFileSync('sh', ['-c', `dpkg-deb -x ${name}_*.deb . && rm ${name}_*.deb`], where)
    return true
  } catch {
    return false
  }
}
