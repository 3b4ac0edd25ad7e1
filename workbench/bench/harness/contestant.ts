import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../support/development.ts'

/** A server in its own process. */
export interface Contestant {
  name: string
  /** Relative to workbench/bench/. It listens on PORT. */
  file: string
  env: Record<string, string>
  /** Node options besides those that every contestant gets. */
  nodeOptions?: string[]
}

export interface Running {
  name: string
  url: string
  pid: number
  /** Its standard error so far. */
  errors(): string
  stop(): Promise<void>
}

const longestStartMs = 30_000
/** Stops the contestant when the benchmark is killed. */
const endWithParent = "data:text/javascript,process.on('disconnect',()=>process.exit())"

/** Starts it and waits until it accepts connections. @throws with its standard error if it exits before that */
export async function start({ name, file, env, nodeOptions = [] }: Contestant): Promise<Running> {
  const port = await freePort()
  const path = fileURLToPath(new URL(file, new URL('../', import.meta.url)))
  const typescript = path.endsWith('.ts') ? ['--import', import.meta.resolve('tsx')] : []
  const child = fork(path, {
    execArgv: ['--disable-warning=DEP0044', '--import', endWithParent, ...typescript, ...nodeOptions],
    // Not in the project's folder, whose .env must not apply.
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
    if (child.exitCode !== null || child.signalCode !== null) throw new Error('exited during startup')
    if (Date.now() > deadline) throw new Error("isn't listening")
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
