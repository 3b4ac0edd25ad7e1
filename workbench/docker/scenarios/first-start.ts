import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen, Project } from '../project.ts'
import type { Scenario } from './scenario.ts'

export const firstStart: Scenario[] = [
  {
    name: 'first-start',
    about: 'docker compose up in a fresh clone: terminal output and time until it listens',
    async run(project) {
      await project.ok(['docker', 'compose', 'build'])
      const begin = performance.now()
      const up = project.start('docker', 'compose', 'up')
      const line = await waitForLine(up.output, 'Listening. Open http://localhost')
      project.facts.push(`listening after ${((performance.now() - begin) / 1000).toFixed(1)} s`)
      assert.ok(line.includes(`:${project.env.PORT}`), `It reports a different port: ${line}`)
      await project.ready()
      const visitor = project.visitor()
      await visitor.register()
      assert.ok(await visitor.isSignedIn())
      await sleep(5000) // time for a person to look at the terminal
      const buried = up
        .output()
        .slice(up.output().indexOf(line))
        .split('\n')
        .filter((text) => /^\S*mongo/.test(text))
      assert.equal(buried.length, 0, `${buried.length} lines of MongoDB came after "Listening"`)
      up.kill('SIGINT')
      await up.result
    },
  },
  {
    name: 'first-start-cut-off',
    about: 'the first startup is killed at many moments; the next one repairs it',
    async run(project) {
      await project.ok(['docker', 'compose', 'build'])
      const delays = Array.from({ length: 10 }, (_, index) => 300 + index * 400)
      for (const delay of delays) {
        await cutOff(project, delay)
        await project
          .up()
          .catch((error: Error) => assert.fail(`Cut off ${delay} ms after mongo: ${error.message}`))
        const visitor = project.visitor()
        await visitor.register()
        assert.ok(await visitor.isSignedIn())
        await project.ok(['docker', 'compose', 'down', '--volumes', '--timeout', '1'])
      }
      project.facts.push(`cut off at ${delays.length} moments`)
    },
  },
  ...[0o027, 0o077].map((umask) => ({
    name: `umask-0${umask.toString(8)}`,
    about: 'a clone whose files only the owner can read',
    umask,
    async run(project: Project) {
      await project.ok(['docker', 'compose', 'build'])
      await project.up()
      const visitor = project.visitor()
      await visitor.register()
      assert.ok(await visitor.isSignedIn())
    },
  })),
  {
    name: 'ports-taken',
    about: "another program uses the app's port, or MongoDB's",
    async run(project) {
      await project.ok(['docker', 'compose', 'build'])
      const app = await listen(Number(project.env.PORT))
      // A MongoDB on this machine may already use it.
      const mongo = await listen(27_017).catch(() => undefined)
      try {
        const { status, output } = await project.compose('up', '--detach')
        assert.notEqual(status, 0)
        assert.ok(output.includes(`:${project.env.PORT}`), `The port isn't mentioned:\n${output}`)
        project.facts.push(`Docker says "${output.trim().split(': ').at(-1)}"`)
        await app.close()
        // With a free port it starts, whatever the first attempt left behind.
        await project.up()
      } finally {
        await app.close()
        await mongo?.close()
      }
    },
  },
  {
    name: 'two-clones',
    about: 'a second clone on the same machine shares nothing, and removing it affects nothing else',
    async run(project) {
      const second = await Project.create('second-clone', { folder: project.folder })
      try {
        for (const clone of [project, second]) {
          await clone.ok(['docker', 'compose', 'build'])
          await clone.up()
        }
        const visitor = second.visitor()
        await visitor.register()
        await project.ok(['docker', 'compose', 'down', '--volumes', '--rmi', 'local', '--timeout', '1'])
        await second.ok(['docker', 'compose', 'restart', 'app'])
        await second.ready()
        assert.ok(await visitor.isSignedIn(), 'the second clone lost its data')
      } finally {
        await second.remove()
      }
    },
  },
]

async function cutOff(project: Project, delay: number): Promise<void> {
  const up = project.start('docker', 'compose', 'up', '--detach')
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
    const { output } = await project.compose('ps', '--quiet', '--status', 'running', 'mongo')
    if (output.trim()) break
  }
  await sleep(delay)
  up.kill('SIGKILL')
  const { output } = await project.compose('ps', '--quiet', '--status', 'running')
  const running = output.split('\n').filter(Boolean)
  // It may have exited already.
  if (running.length > 0) await project.start('docker', 'kill', ...running).result
  await up.result
}

async function waitForLine(output: () => string, text: string): Promise<string> {
  for (const end = Date.now() + 120_000; Date.now() < end; await sleep(50)) {
    const line = output()
      .split('\n')
      .find((line) => line.includes(text))
    if (line) return line
  }
  throw new Error(`"${text}" did not appear within 120 s:\n${output().slice(-2000)}`)
}
