import { startEmbedded } from './embedded.ts'
import { loadEngine } from './engine.ts'
import { startMemoryServer } from './memory-server.ts'

export interface ServerOptions {
  folder: string // absolute
  port: number // 0 for any that is free
  ttlSeconds: number // between two removals of expired documents
}

export interface RunningServer {
  description: string
  folder: string
  port: number
  stop(): Promise<void>
}

/** Starts the embedded engine, or an official MongoDB if there is no engine for this machine. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const engine = await loadEngine()
  return 'lack' in engine ? startMemoryServer(options, engine.lack) : startEmbedded(options, engine)
}
