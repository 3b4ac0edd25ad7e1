/**
 * npm run sbom -- sbom.json: every locked package with version, licence and hash, as CycloneDX; what does not go to production is
 * marked cdx:npm:package:development. npm makes the list, and this makes sure that no package of production is missing.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

interface Sbom {
  components: { name: string; version: string; properties: { name: string }[] }[]
}

interface Lockfile {
  packages: Record<string, { version: string; dev?: boolean }>
}

const [file] = process.argv.slice(2)
if (!file) throw new Error('Say where to: npm run sbom -- sbom.json')

// Not --omit=dev, which of npm 11 leaves out what development needs as well, such as mongodb.
const command = ['sbom', '--package-lock-only', '--sbom-format=cyclonedx']
const text = execFileSync('npm', command, { encoding: 'utf8', maxBuffer: 2 ** 26 })
const { components }: Sbom = JSON.parse(text)
const forProduction = components
  .filter(({ properties }) => !properties.some(({ name }) => name === 'cdx:npm:package:development'))
  .map(({ name, version }) => `${name}@${version}`)

const lock: Lockfile = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'))
const missing = Object.entries(lock.packages)
  .filter(([path, { dev }]) => path !== '' && !dev)
  .map(([path, { version }]) => `${path.split('node_modules/').at(-1)}@${version}`)
  .filter((one) => !forProduction.includes(one))
if (missing.length > 0) throw new Error(`npm sbom left out ${missing.join(', ')}`)

writeFileSync(file, text)
console.log(`${file}: ${components.length} packages, ${forProduction.length} of them for production`)
