import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../support/development.ts'

/** A server in a process of its own. */
export interface Contestant {
  name: string
  /** Its path, from workbench/bench/; it listens on PORT. */
  file: string
  env: Record<string, string>
  /** Options of Node, beside those that every contestant gets. */
  nodeOptions?: string[]
}

export interface Running {
  name: string
  url: string
  pid: number
  /** What it has written to standard error so far. */
  errors(): string
  stop(): Promise<void>
}

const longestStartMs = 30_000
/** Nothing is left behind when the bench is killed. */
const endWithParent = "data:text/javascript,process.on('disconnect',()=>process.exit())"

/** Starts it and waits until it takes connections. @throws with its own words when it ends before that */
export async function start({ name, file, env, nodeOptions = [] }: Contestant): Promise<Running> {
  const port = await freePort()
  const path = fileURLToPath(new URL(file, new URL('../', import.meta.url)))
  const typescript = path.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : []
  const child = fork(path, {
    execArgv: ['--disable-warning=DEP0044', '--import', endWithParent, ...typescript, ...nodeOptions],
    // Not in the project's folder, whose .env is none of its business.
    cwd: tmpdir(),
    env: { PATH: process.env.PATH, NODE_ENV: 'production', ...env, PORT: String(port), HOST: '127.0.0.1' },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let errors = ''
  child.stderr?.on('data', (chunk) => {
    errors += chunk
  })
  await listening(child, port).catch(async (error) => {
    child.kill('SIGKILL')
    throw new Error(`${name} ${error.message}: ${errors.slice(-2_000)}`)
  })
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    errors: () => errors,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

async function listening(child: ChildProcess, port: number): Promise<void> {
  const deadline = Date.now() + longestStartMs
  while (!(await accepts(port))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('ended at its start')
    if (Date.now() > deadline) throw new Error('does not listen')
    await sleep(5)
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
