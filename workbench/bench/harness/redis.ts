import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { createClient } from 'redis'
import { freePort } from '../../support/development.ts'

export interface RedisServer {
  description: string
  /** Undefined if we didn't start it. */
  pid: number | undefined
  url: string
  stop(): Promise<void>
}

/** The server in REDIS_URL, or a redis-server on the PATH without persistence; undefined if there is neither. */
export async function openRedis(): Promise<RedisServer | undefined> {
  const given = process.env.REDIS_URL
  if (given) return { ...(await describe(given)), pid: undefined, stop: async () => {} }
  const port = await freePort()
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const child = spawn('redis-server', options, { cwd: tmpdir(), stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const failed = once(child, 'error').then(() => false)
  const started = await Promise.race([failed, ready(child)])
  if (!started) return undefined
  const orphan = () => child.kill('SIGKILL')
  process.once('exit', orphan)
  return {
    ...(await describe(`redis://127.0.0.1:${port}`)),
    pid: child.pid,
    stop: async () => {
      process.off('exit', orphan)
      child.kill()
      await ended
    },
  }
}

async function ready({ stdout }: ChildProcess): Promise<boolean> {
  for await (const chunk of stdout ?? []) if (/ready to accept/i.test(String(chunk))) return true
  return false
}

async function describe(url: string): Promise<{ url: string; description: string }> {
  const client = await createClient({ url }).connect()
  const version = /redis_version:(\S+)/.exec(await client.info('server'))?.[1] ?? 'of an unknown version'
  client.destroy()
  return { url, description: `Redis ${version}, without persistence` }
}
