import { type ChildProcess, spawn } from 'node:child_process'
import { get } from 'node:http'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { mongo } from 'mongoose'
import { freePort } from '../../dev/free-port.ts'
import { within } from '../../src/database.ts'
import { cleanUp } from './clean-up.ts'
import { ownDatabaseUrl } from './database.ts'
import { typescript } from './typescript.ts'

/** Far above the time a process needs to start or stop, even on a slow, busy machine. Milliseconds. */
const patienceMs = 30_000
const pollMs = 50

/** src/server.ts in its own process, ready or not. */
export interface RunningProcess {
  readonly pid: number
  /** The exit code, or null after a signal. */
  readonly exited: Promise<number | null>
  /** Everything it wrote so far, standard output and error in the order of their arrival. */
  output(): string
  /** The lines of its log so far. @throws when one is not JSON */
  log(): Record<string, unknown>[]
  signal(signal: NodeJS.Signals): void
  /** Sends the signal (default SIGTERM) and waits until the process ends. @throws after 30 s */
  stop(signal?: NodeJS.Signals): Promise<number | null>
}

/** One that is ready for visitors. */
export interface ServerProcess extends RunningProcess {
  readonly port: number
  /** http://127.0.0.1:PORT */
  readonly address: string
}

export interface StartOptions {
  databaseUrl: string
  port?: number
  env?: Record<string, string>
  /** Runs the app of a copy of the project, with its .env. */
  copy?: string
}

/** Starts the server and waits until it is ready. Stopped after the file's tests. */
export async function startServerProcess(options: StartOptions): Promise<ServerProcess> {
  const { databaseUrl, port, env, copy } = options
  const ownPort = port ?? (await freePort())
  const server = runServer({ ...required, DATABASE_URL: databaseUrl, PORT: String(ownPort), ...env }, copy)
  const address = `http://127.0.0.1:${ownPort}`
  await untilReady(server, address)
  return { ...server, port: ownPort, address }
}

/** Variables that every server needs besides its database. */
export const required = {
  NODE_ENV: 'production',
  SECRET_KEY: 'xk3vQ9mZr7TpLw2sBd8hNfYc5GjVu4Ae',
  HOST: '127.0.0.1',
  // Visitors come from an address each: see visitor.ts.
  TRUST_PROXY: '1',
  MAIL: 'off',
  DRAIN_DELAY_SECONDS: '0',
} as const

/** Runs the server with only these variables, ready or not. */
export function runServer(env: Record<string, string>, copy?: string): RunningProcess {
  const child = spawn(process.execPath, [...typescript, copy ? join(copy, 'src/server.ts') : serverFile], {
    env: { PATH: process.env.PATH, ...compileCache, ...env },
    // Not the project's folder, which may contain a .env.
    cwd: copy ?? import.meta.dirname,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = exitOf(child)
  const { all, log } = capture(child)
  cleanUp(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return {
    pid: child.pid ?? 0,
    exited,
    output: () => all.join(''),
    log: () => log.join('').split('\n').filter(Boolean).map(parseLine),
    signal: (signal) => child.kill(signal),
    async stop(signal = 'SIGTERM') {
      child.kill(signal)
      return await within(patienceMs, exited)
    },
  }
}

/** A database that several processes may share; removed after the file's tests. */
export function sharedDatabaseUrl(): string {
  const url = ownDatabaseUrl()
  cleanUp(async () => {
    const client = await mongo.MongoClient.connect(url)
    await client.db().dropDatabase()
    await client.close()
  })
  return url
}

/** Waits for something to become true. @throws after 30 s, saying what did not */
export async function until(what: string, isTrue: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patienceMs
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error(`Waited ${patienceMs} ms in vain: ${what}`)
    await sleep(pollMs)
  }
}

const { NODE_COMPILE_CACHE } = process.env
const compileCache = NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE: resolve(NODE_COMPILE_CACHE) }
const serverFile = fileURLToPath(new URL('../../src/server.ts', import.meta.url))

async function untilReady(server: RunningProcess, address: string): Promise<void> {
  let gone = false
  void server.exited.then(() => {
    gone = true
  })
  await until('the server is ready', async () => {
    if (gone) throw new Error(`The server stopped:\n${server.output()}`)
    return (await statusOf(`${address}/readyz`)) === 200
  })
}

/** Undefined without a response. */
function statusOf(url: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
    request.on('error', () => resolve(undefined))
  })
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    // 'close', which comes after the last output, unlike 'exit'.
    child.on('close', (code) => resolve(code))
  })
}

function capture(child: ChildProcess): { all: string[]; log: string[] } {
  const all: string[] = []
  const log: string[] = []
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    all.push(text)
    log.push(text)
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => all.push(text))
  return { all, log }
}

function parseLine(line: string): Record<string, unknown> {
  return JSON.parse(line)
}
