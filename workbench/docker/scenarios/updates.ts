import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Project } from '../project.ts'
import { watch } from '../visitor.ts'
import type { Scenario } from './scenario.ts'

const processes = 2
const broken = "\nthrow new Error('a version that does not start')\n"

export const updates: Scenario[] = [
  {
    name: 'update-good',
    about: "an update and a rollback without downtime keep other projects' images",
    cluster: true,
    async run(project) {
      await goLive(project)
      const visitor = project.visitor()
      await visitor.register()
      const foreign = (await project.ok(['sh', '-c', 'tar -c -T /dev/null | docker import -'])).trim()
      await project.commit('views/partials/foot.ejs', '<!-- second version -->')
      const load = watch(visitor)
      const { status, output } = await project.update()
      const { requests, failed } = await load.stop()
      assert.equal(status, 0, output)
      assert.equal(failed, 0, `${failed} of ${requests} requests failed`)
      assert.match(await project.visitor().text('/'), /second version/)
      await assertSettled(project)
      await project.ok(['docker', 'image', 'inspect', foreign]) // throws if it was removed
      await project.ok(['docker', 'image', 'rm', foreign])

      assert.equal((await project.update('HEAD~1')).status, 0)
      assert.doesNotMatch(await project.visitor().text('/'), /second version/)
      await assertSettled(project)
      project.facts.push(`${requests} requests, none failed`)
    },
  },
  {
    name: 'update-bad',
    about: 'a version that does not start is removed, and docker compose up does not restore it',
    cluster: true,
    async run(project) {
      await goLive(project)
      const visitor = project.visitor()
      await visitor.register()
      const before = await project.containers('app')
      await project.commit('src/server.ts', broken)
      const load = watch(visitor)
      const { status, output } = await project.update()
      const { failed, requests } = await load.stop()
      assert.equal(status, 1)
      assert.match(output, /a version that does not start/, 'The reason is not shown')
      assert.match(output, /didn't become healthy and was removed. The old version is still running./)
      assert.equal(failed, 0, `${failed} of ${requests} requests failed`)
      assert.deepEqual(await project.containers('app'), before)
      await project.ok(['docker', 'compose', 'up', '--detach'])
      await project.ready()
      assert.deepEqual(await project.containers('app'), before, 'docker compose up made new containers')
      assert.ok(await visitor.isSignedIn())
    },
  },
  {
    name: 'update-bad-first',
    about: 'the first version does not start; the next one does',
    cluster: true,
    async run(project) {
      await project.commit('src/server.ts', broken)
      const { status, output } = await project.update()
      assert.equal(status, 1)
      assert.match(output, /a version that does not start/, 'The reason is not shown')
      assert.match(output, /didn't become healthy and was removed.$/m)
      await project.ok(['git', 'reset', '--quiet', '--hard', 'HEAD~1'])
      await goLive(project)
      await assertSettled(project)
    },
  },
  {
    name: 'update-of-a-sick-site',
    about: 'a new version replaces unhealthy processes',
    cluster: true,
    async run(project) {
      await goLive(project)
      for (const container of await project.containers('app'))
        await project.ok(['docker', 'kill', '--signal', 'STOP', container])
      await allUnhealthy(project)
      await project.commit('views/partials/foot.ejs', '<!-- second version -->')
      const { status, output } = await project.update()
      assert.equal(status, 0, output)
      await project.ready()
      assert.match(await project.visitor().text('/'), /second version/)
      await assertSettled(project)
    },
  },
  {
    name: 'update-interrupted',
    about:
      'an update is interrupted at many moments, by a hang-up, Ctrl-C and kill -9; the next one repairs it',
    cluster: true,
    async run(project) {
      await goLive(project)
      const visitor = project.visitor()
      await visitor.register()
      const signals = ['SIGHUP', 'SIGINT', 'SIGKILL'] as const
      const seconds = [1, 2.5, 4, 5.5, 7, 9]
      let interrupted = 0
      for (const [index, delay] of seconds.entries()) {
        const signal = signals[index % signals.length] ?? 'SIGKILL'
        await project.commit('views/partials/foot.ejs', `<!-- version ${index} -->`)
        const update = project.start('deploy/update.sh')
        const ended = await Promise.race([update.result, sleep(delay * 1000, 'running' as const)])
        if (ended === 'running') interrupted += 1
        update.kill(signal)
        await update.result
        assert.ok(await visitor.isSignedIn(), `${signal} after ${delay} s: no response`)
        // The version in .env runs, even for someone who doesn't know about the update.
        await project.ok(['docker', 'compose', 'up', '--detach'])
        await project.ready()
        const { status, output } = await project.update()
        assert.equal(status, 0, `${signal} after ${delay} s:\n${output}`)
        assert.match(await project.visitor().text('/'), new RegExp(`version ${index} `))
        await assertSettled(project)
      }
      project.facts.push(`${interrupted} of ${seconds.length} were interrupted`)
    },
  },
]

async function goLive(project: Project): Promise<void> {
  const { status, output } = await project.update()
  assert.equal(status, 0, output)
  await project.ready()
}

/** The requested number of processes, all of the version in .env, and nothing for Compose to change. */
async function assertSettled(project: Project): Promise<void> {
  const containers = await project.containers('app')
  assert.equal(containers.length, processes, `${containers.length} processes instead of ${processes}`)
  const version = /^APP_VERSION=(.*)$/m.exec(await project.ok(['cat', '.env']))?.[1]
  for (const container of containers) {
    const image = await project.ok(['docker', 'inspect', '--format', '{{.Config.Image}}', container])
    assert.equal(image.trim(), `${project.name}-app:${version}`)
  }
  await project.ok(['docker', 'compose', 'up', '--detach'])
  assert.deepEqual(await project.containers('app'), containers, 'docker compose up made new containers')
}

async function allUnhealthy(project: Project): Promise<void> {
  const containers = await project.containers('app')
  for (const end = Date.now() + 180_000; Date.now() < end; await sleep(1000)) {
    const states = await project.ok([
      'docker',
      'inspect',
      '--format',
      '{{.State.Health.Status}}',
      ...containers,
    ])
    if (/^(unhealthy\n)+$/.test(states)) return
  }
  throw new Error('They did not become unhealthy')
}
