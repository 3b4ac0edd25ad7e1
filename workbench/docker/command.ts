import { spawn } from 'node:child_process'

export interface Result {
  /** Undefined when there is no such program. */
  status: number | undefined
  /** What it wrote to both of its outputs. */
  output: string
}

export interface Running {
  result: Promise<Result>
  /** What it wrote so far. */
  output(): string
  kill(signal: NodeJS.Signals): void
}

interface Options {
  cwd?: string
  env?: Record<string, string>
}

/** Runs a program to its end; a failing one is a result like any other. */
export function command(words: string[], options: Options = {}): Promise<Result> {
  return start(words, options).result
}

/** In a process group of its own, so that a signal reaches all of it, as from a terminal. */
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
      // It has ended in the meantime.
    }
  }
  return { result, output: () => output, kill }
}
