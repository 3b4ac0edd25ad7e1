import { setTimeout as sleep } from 'node:timers/promises'
import { command } from './command.ts'
import { Project } from './project.ts'
import { type Scenario, scenarios } from './scenarios/index.ts'

// node --import tsx workbench/docker/run.ts [--in FOLDER] [SCENARIO…]
// Runs all scenarios, or the named ones, with the docker on the PATH. FOLDER is another clone to test.

const names = process.argv.slice(2)
const folder = names[0] === '--in' ? names.splice(0, 2)[1] : undefined
const chosen = choose(names)
const lack = await whatIsMissing()
if (lack) fail(lack)

const mongoIsReal = await hasRealMongo()
let failed = 0
let skipped = 0
for (const scenario of chosen) {
  // A named scenario always runs.
  if (scenario.needsRealMongo && !mongoIsReal && names.length === 0) {
    skipped += 1
    console.log(`- ${scenario.name}: skipped, because the "mongo" image here is a stand-in`)
  } else if (!(await passes(scenario))) failed += 1
}
console.log(`${chosen.length - failed - skipped} passed, ${failed} failed, ${skipped} skipped`)
process.exit(failed > 0 ? 1 : 0)

async function passes({ name, run, ...options }: Scenario): Promise<boolean> {
  const start = performance.now()
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(0)} s`
  const project = await Project.create(name, { ...options, ...(folder && { folder }) })
  try {
    await run(project)
    console.log(`✔ ${name}: ${[...project.facts, seconds()].join('; ')}`)
    return true
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    console.log(
      `✖ ${name}: ${[...project.facts, seconds()].join('; ')}\n  ${reason.replaceAll('\n', '\n  ')}`,
    )
    return false
  } finally {
    await project.remove()
    await sleep(500) // the engine releases ports a moment later
  }
}

function choose(wanted: string[]): Scenario[] {
  const unknown = wanted.find((name) => !scenarios.some((scenario) => scenario.name === name))
  const list = scenarios.map(({ name, about }) => `  ${name.padEnd(22)} ${about}`).join('\n')
  if (unknown !== undefined) fail(`There is no scenario "${unknown}". The scenarios are:\n${list}`)
  return wanted.length > 0 ? scenarios.filter(({ name }) => wanted.includes(name)) : scenarios
}

async function whatIsMissing(): Promise<string | undefined> {
  const { status, output } = await command(['docker', 'version', '--format', '{{.Server.Version}}'])
  if (status === undefined) return 'There is no docker on the PATH, so nothing was tested.'
  if (status !== 0) return `Docker is not running, so nothing was tested: ${output.trim().split('\n').at(-1)}`
  const compose = await command(['docker', 'compose', 'version', '--short'])
  if (compose.status !== 0)
    return 'This docker has no Compose (docker compose version), so nothing was tested.'
  console.log(`Docker ${output.trim()}, Compose ${compose.output.trim()}`)
  return undefined
}

/** A stand-in, for machines that can't pull images, doesn't replicate or check permissions as MongoDB does. */
async function hasRealMongo(): Promise<boolean> {
  const { output } = await command([
    'docker',
    'run',
    '--rm',
    '--entrypoint',
    'mongod',
    'mongo:8.0.32',
    '--version',
  ])
  return output.includes('db version v')
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
