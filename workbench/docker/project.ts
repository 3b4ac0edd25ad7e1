import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { command, type Result, type Running, start } from './command.ts'
import { Visitor } from './visitor.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

export interface ProjectOptions {
  /** Starts with compose.cluster.yml, which uses ports 80 and 443. */
  cluster?: boolean
  /** For the clone, such as 0o077. */
  umask?: number
  /** The clone to test. Default: this one. */
  folder?: string
}

/** A clone of the committed files, in its own folder, whose name is the Compose project's. */
export class Project {
  readonly folder: string
  readonly name: string
  readonly env: Record<string, string> = {}
  readonly origin: string
  /** Figures for the scenario's result line. */
  readonly facts: string[] = []
  private readonly temporary: string

  private constructor(temporary: string, name: string, port: number, cluster: boolean) {
    this.temporary = temporary
    this.name = name
    this.folder = join(temporary, name)
    this.env.PORT = String(port)
    this.origin = cluster ? 'https://localhost' : `http://localhost:${port}`
  }

  static async create(name: string, { cluster, umask, folder = root }: ProjectOptions): Promise<Project> {
    const temporary = mkdtempSync(join(tmpdir(), 'docker-scenario-'))
    const project = new Project(temporary, `${name}-${process.pid}`, await freePort(), cluster ?? false)
    await project.ok(
      ['sh', '-c', `umask ${(umask ?? 0o022).toString(8)}; git clone -q "$0" "$1"`, folder, project.folder],
      temporary,
    )
    if (cluster) project.set('COMPOSE_FILE=docker-compose.yml:compose.cluster.yml', 'APP_PROCESSES=2')
    return project
  }

  set(...lines: string[]): void {
    appendFileSync(join(this.folder, '.env'), `${lines.join('\n')}\n`)
  }

  commit(file: string, text: string): Promise<string> {
    appendFileSync(join(this.folder, file), text)
    const words = [
      '-c',
      'user.name=scenario',
      '-c',
      'user.email=scenario@example.com',
      'commit',
      '--quiet',
      '--all',
    ]
    return this.ok(['git', ...words, '--message', `A change of ${file}`])
  }

  compose(...operands: string[]): Promise<Result> {
    return command(['docker', 'compose', ...operands], { cwd: this.folder, env: this.env })
  }

  start(...words: string[]): Running {
    return start(words, { cwd: this.folder, env: this.env })
  }

  update(...operands: string[]): Promise<Result> {
    return command(['deploy/update.sh', ...operands], { cwd: this.folder, env: this.env })
  }

  /** @returns its output @throws if it fails */
  async ok(words: string[], cwd = this.folder): Promise<string> {
    const { status, output } = await command(words, { cwd, env: this.env })
    assert.equal(status, 0, `${words.join(' ')} failed:\n${output.slice(-2000)}`)
    return output
  }

  async up(): Promise<void> {
    await this.ok(['docker', 'compose', 'up', '--detach'])
    await this.ready()
  }

  async ready(seconds = 60): Promise<void> {
    const visitor = new Visitor(this.origin)
    for (const end = Date.now() + seconds * 1000; ; await sleep(200)) {
      if ((await visitor.status('/readyz')) === 200) return
      if (Date.now() > end) throw new Error(`Not ready after ${seconds} s:\n${await this.logs('app')}`)
    }
  }

  visitor(): Visitor {
    return new Visitor(this.origin)
  }

  async logs(service: string): Promise<string> {
    return (await this.compose('logs', '--no-log-prefix', '--tail', '5', service)).output
  }

  /** The IDs of a service's containers, including stopped ones. */
  async containers(service: string): Promise<string[]> {
    const filters = [
      `label=com.docker.compose.project=${this.name}`,
      `label=com.docker.compose.service=${service}`,
    ]
    const words = filters.flatMap((filter) => ['--filter', filter])
    return (await this.ok(['docker', 'ps', '--all', '--quiet', '--no-trunc', ...words]))
      .split('\n')
      .filter(Boolean)
  }

  async remove(): Promise<void> {
    const label = `label=com.docker.compose.project=${this.name}`
    const env = { ...this.env, APP_VERSION: 'none' }
    const timeout = ['--timeout', '1']
    await command(['docker', 'compose', '--profile', '*', 'down', '--volumes', ...timeout], {
      cwd: this.folder,
      env,
    })
    await command(['docker', 'image', 'prune', '--all', '--force', '--filter', label])
    rmSync(this.temporary, { recursive: true, force: true })
  }
}

export async function freePort(): Promise<number> {
  const { port, close } = await listen(0)
  await close()
  return port
}

/** Occupies a port on this machine. */
export async function listen(wanted: number): Promise<{ port: number; close(): Promise<void> }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(wanted, '127.0.0.1', resolve))
  const address = server.address()
  assert.ok(address && typeof address === 'object')
  return { port: address.port, close: () => new Promise((resolve) => server.close(() => resolve())) }
}
