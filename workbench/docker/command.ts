import { spawn } from 'node:child_process'

export interface Result {
  /** Undefined if the program isn't installed. */
  status: number | undefined
  /** Standard output and standard error. */
  output: string
}

export interface Running {
  result: Promise<Result>
  /** Its output so far. */
  output(): string
  kill(signal: NodeJS.Signals): void
}

interface Options {
  cwd?: string
  env?: Record<string, string>
}

/** Runs a program until it exits. A failure is a normal result. */
export function command(words: string[], options: Options = {}): Promise<Result> {
  return start(words, options).result
}

/** In its own process group, so that a signal reaches all of it, as from a terminal. */
export function start([program = '', ...operands]: string[], { cwd, env }: Options = {}): Running {
  const child = spawn(program, operands, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)))
  const result = new Promise<Result>((resolve) => {
    child.on('error', () => resolve({ status: undefined, output }))
    child.on('close', (code) => resolve({ status: code ?? 1, output }))
  })
  const kill = (signal: NodeJS.Signals) => {
    try {
      if (child.pid) process.kill(-child.pid, signal)
    } catch {
      // Already exited.
    }
  }
  return { result, output: () => output, kill }
}
