import assert from 'node:assert/strict'
import { cpSync, existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, type Project } from '../project.ts'
import type { Scenario } from './scenario.ts'

const seconds = 60

export const database: Scenario[] = [
  {
    name: 'lost-secrets',
    about: 'the passwords are lost but the data is not: one line says what to do',
    async run(project) {
      await project.ok(['docker', 'compose', 'build'])
      await project.up()
      await project.ok(['docker', 'compose', 'down'])
      await project.ok(['docker', 'volume', 'rm', `${project.name}_secrets`])
      assert.notEqual((await project.compose('up', '--detach')).status, 0)
      const log = await project.logs('prepare-mongo')
      assert.match(
        log,
        /Restore "secrets" from a backup, or delete both and start empty: docker compose down --volumes/,
      )
    },
  },
  {
    name: 'rights-of-the-app',
    about: "the app's database user can read and write only its own database",
    needsRealMongo: true,
    async run(project) {
      await project.ok(['docker', 'compose', 'build'])
      await project.up()
      const own = await asApp(project, 'db.visits.insertOne({}); print("written")')
      assert.match(own.output, /written/)
      const other = await asApp(project, 'db.getSiblingDB("other").visits.insertOne({}); print("written")')
      assert.match(other.output, /not authorized on other/)
      const nobody = await project.compose(
        'exec',
        '-T',
        'mongo',
        'mongosh',
        '--quiet',
        '--eval',
        'db.visits.findOne()',
      )
      assert.match(nobody.output, /requires authentication/)
    },
  },
  {
    name: 'dev-mongo',
    about: 'the MongoDB for npm run dev and npm test uses the configured port and accepts any database',
    needsRealMongo: true,
    async run(project) {
      project.env.DATABASE_PORT = String(await freePort())
      await project.ok(['docker', 'compose', 'up', '--detach', 'dev-mongo'])
      const modules = new URL('../../../node_modules', import.meta.url)
      if (!existsSync(`${project.folder}/node_modules`))
        cpSync(modules, `${project.folder}/node_modules`, { recursive: true, verbatimSymlinks: true })
      project.env.DATABASE_URL = `mongodb://127.0.0.1:${project.env.DATABASE_PORT}/app`
      await project.ok(['npm', 'test'])
      const running = await project.ok(['docker', 'compose', 'ps', '--services'])
      assert.equal(running.trim(), 'dev-mongo', 'other services were started')
    },
  },
  {
    name: 'idle-cost',
    about: 'how much of a core idle containers use',
    needsRealMongo: true,
    async run(project) {
      await project.ok(['docker', 'compose', 'build'])
      await project.up()
      await sleep(30_000) // not counting startup
      for (const service of ['app', 'mongo']) {
        const before = await cpuSeconds(project, service)
        await sleep(seconds * 1000)
        const share = ((await cpuSeconds(project, service)) - before) / seconds
        project.facts.push(`${service} ${(share * 100).toFixed(1)} % of a core`)
        assert.ok(share < 0.05, `${service} takes ${(share * 100).toFixed(1)} % of a core when idle`)
      }
    },
  },
]

function asApp(project: Project, script: string) {
  const shell = `mongosh --quiet "$(cat /run/secrets/database-url)" --eval '${script}'`
  return project.compose('exec', '-T', 'mongo', 'sh', '-c', shell)
}

/** All processes of a container, including health checks; for cgroups v2 or v1. */
async function cpuSeconds(project: Project, service: string): Promise<number> {
  const inMicroseconds =
    'cd /sys/fs/cgroup; if [ -f cpu.stat ]; then sed -n "s/^usage_usec //p" cpu.stat; else echo $(($(cat cpuacct/cpuacct.usage) / 1000)); fi'
  const shell = ['docker', 'compose', 'exec', '-T', service, 'sh', '-c', inMicroseconds]
  return Number(await project.ok(shell)) / 1e6
}
