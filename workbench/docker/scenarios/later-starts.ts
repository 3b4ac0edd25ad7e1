import assert from 'node:assert/strict'
import { watch } from '../visitor.ts'
import type { Scenario } from './scenario.ts'

export const laterStarts: Scenario[] = [
  {
    name: 'down-and-up',
    about: 'docker compose down, then up: users stay signed in, and no volume is left behind',
    async run(project) {
      await project.ok(['docker', 'compose', 'build'])
      const before = await anonymousVolumes()
      await project.up()
      const visitor = project.visitor()
      await visitor.register()
      for (let turn = 0; turn < 2; turn += 1) {
        await project.ok(['docker', 'compose', 'down'])
        await project.up()
        assert.ok(await visitor.isSignedIn(), 'signed out')
      }
      await project.ok(['docker', 'compose', 'down'])
      const left = (await anonymousVolumes()).filter((volume) => !before.includes(volume))
      assert.equal(left.length, 0, `${left.length} anonymous volumes are left`)

      async function anonymousVolumes(): Promise<string[]> {
        const volumes = await project.ok(['docker', 'volume', 'ls', '--quiet'])
        return volumes.split('\n').filter((volume) => /^[0-9a-f]{64}$/.test(volume))
      }
    },
  },
  {
    name: 'crash',
    about: 'all containers are killed at once; they restart on their own, and users stay signed in',
    async run(project) {
      await project.ok(['docker', 'compose', 'build'])
      await project.up()
      const visitor = project.visitor()
      await visitor.register()
      for (const service of ['mongo', 'app']) {
        const [container = ''] = await project.containers(service)
        // Like a crash: after docker kill, Docker wouldn't restart it.
        const pid = (await project.ok(['docker', 'inspect', '--format', '{{.State.Pid}}', container])).trim()
        process.kill(Number(pid), 'SIGKILL')
      }
      await project.ready()
      assert.ok(await visitor.isSignedIn(), 'signed out')
    },
  },
  {
    name: 'changed-mongo',
    about: "MongoDB's container is replaced, as for a new version: nothing stays in its old network",
    async run(project) {
      await project.ok(['docker', 'compose', 'build'])
      await project.up()
      const visitor = project.visitor()
      await visitor.register()
      const before = await project.containers('mongo')
      project.set('DATABASE_CACHE_GB=0.5')
      await project.up()
      assert.notDeepEqual(await project.containers('mongo'), before)
      assert.ok(await visitor.isSignedIn(), 'signed out')
    },
  },
  {
    name: 'settings-of-dev',
    about: 'settings for npm run dev in .env do not reach the container; other settings do',
    async run(project) {
      project.set('NODE_ENV=development', 'HOST=127.0.0.1', 'DATABASE_URL=mongodb://127.0.0.1:1/x')
      project.set('SECRET_KEY=short', 'APP_NAME=Nightjar', 'MAIL=off')
      await project.ok(['docker', 'compose', 'build'])
      await project.up()
      assert.match(await project.visitor().text('/'), /Nightjar/)
    },
  },
  {
    name: 'changed-setting',
    about: 'deploy/update.sh applies a changed setting to all processes without downtime',
    cluster: true,
    async run(project) {
      const first = await project.update()
      assert.equal(first.status, 0, first.output)
      await project.ready()
      const visitor = project.visitor()
      await visitor.register()

      project.set('APP_NAME=Nightjar')
      let load = watch(visitor)
      const { status, output } = await project.update()
      const { requests, failed } = await load.stop()
      assert.equal(status, 0, output)
      assert.match(await project.visitor().text('/'), /Nightjar/)
      assert.equal(failed, 0, `${failed} of ${requests} requests failed`)

      // For comparison.
      project.set('APP_NAME=Kestrel')
      load = watch(visitor)
      await project.ok(['docker', 'compose', 'up', '--detach'])
      await project.ready()
      const { gapSeconds } = await load.stop()
      assert.match(await project.visitor().text('/'), /Kestrel/)
      project.facts.push(`${requests} requests, none failed; docker compose up -d: a gap of ${gapSeconds} s`)
    },
  },
]
