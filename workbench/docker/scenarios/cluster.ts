import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { watch } from '../visitor.ts'
import type { Scenario } from './scenario.ts'

export const cluster: Scenario[] = [
  {
    name: 'quiet-caddy',
    about: "health checks don't fill Caddy's log, where operators look for certificate errors",
    cluster: true,
    async run(project) {
      assert.equal((await project.update()).status, 0)
      await sleep(65_000) // two health checks
      const log = (await project.compose('logs', '--no-log-prefix', 'caddy')).output
      const checks = log.split('\n').filter((line) => line.includes('"uri":"/config/"'))
      assert.deepEqual(checks, [])
    },
  },
  {
    name: 'members-stop',
    about: 'replica set members stop cleanly and are not killed',
    cluster: true,
    needsRealMongo: true,
    async run(project) {
      assert.equal((await project.update()).status, 0)
      const members = (
        await Promise.all(['mongo', 'mongo-2', 'mongo-3'].map((name) => project.containers(name)))
      ).flat()
      const start = performance.now()
      await project.ok(['docker', 'compose', 'stop'])
      project.facts.push(`stopped after ${((performance.now() - start) / 1000).toFixed(0)} s`)
      const codes = await project.ok(['docker', 'inspect', '--format', '{{.State.ExitCode}}', ...members])
      assert.deepEqual(codes.trim().split('\n'), ['0', '0', '0'], '137 means killed')
    },
  },
  {
    name: 'lost-primary',
    about: 'the primary is killed: another member is elected, and no one is signed out',
    cluster: true,
    needsRealMongo: true,
    async run(project) {
      assert.equal((await project.update()).status, 0)
      await project.ready()
      const visitor = project.visitor()
      await visitor.register()
      const load = watch(visitor)
      // After the first startup the first member is the primary, because only it could be elected.
      await project.ok(['docker', 'kill', ...(await project.containers('mongo'))])
      await sleep(1000)
      await project.ready(60)
      const { gapSeconds } = await load.stop()
      assert.ok(await visitor.isSignedIn(), 'signed out')
      project.facts.push(`a gap of ${gapSeconds} s`)
      await project.ok(['docker', 'compose', 'up', '--detach'])
      await project.ready()
    },
  },
  {
    name: 'cluster-cut-off',
    about:
      "a cluster's first startup is killed at many moments; the next one creates the replica set and the users",
    cluster: true,
    async run(project) {
      for (const delay of [1000, 2000, 3000, 5000, 8000]) {
        const update = project.start('deploy/update.sh')
        for (const end = Date.now() + 120_000; Date.now() < end; await sleep(50))
          if ((await project.containers('mongo')).length > 0) break
        await sleep(delay)
        update.kill('SIGKILL')
        await update.result
        const all = (await Promise.all(services.map((name) => project.containers(name)))).flat()
        await project.start('docker', 'kill', ...all).result
        const { status, output } = await project.update()
        assert.equal(status, 0, `cut off ${delay} ms after mongo:\n${output}`)
        await project.ready()
        await project.visitor().register()
        await project.ok(['docker', 'compose', 'down', '--volumes', '--timeout', '1'])
        await project.ok(['sed', '-i', '/^APP_VERSION=/d', '.env'])
      }
    },
  },
]

const services = ['mongo', 'mongo-2', 'mongo-3', 'prepare-mongo', 'app', 'caddy']
