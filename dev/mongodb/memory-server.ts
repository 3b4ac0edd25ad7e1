import { mkdirSync } from 'node:fs'
import { MongoClient } from 'mongodb'
import { folderInUse, folderUnusable, LocalMongoError, noMongoHere, portUnusable } from './errors.ts'
import type { RunningServer, ServerOptions } from './server.ts'

/**
 * Starts an official mongod, which mongodb-memory-server finds or downloads. It has its own folder, because the embedded
 * engine is a different version.
 *
 * @param lack why there is no embedded engine, for the message if there is no mongod either
 */
export async function startMemoryServer(options: ServerOptions, lack: string): Promise<RunningServer> {
  const folder = `${options.folder}-mongod`
  // Loaded only when needed, because it is slow.
  const { MongoMemoryServer } = await import('mongodb-memory-server-core')
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  } catch {
    throw new LocalMongoError(folderUnusable(folder))
  }
  const mongod = new MongoMemoryServer({
    instance: {
      dbPath: folder,
      storageEngine: 'wiredTiger',
      args: ['--setParameter', `ttlMonitorSleepSecs=${options.ttlSeconds}`],
      ...(options.port ? { port: options.port, portGeneration: false } : {}),
      launchTimeout: 60_000, // ms
    },
    spawn: { detached: true }, // so that Ctrl-C does not reach it
  })
  await mongod.start().catch((error: Error) => {
    throw new LocalMongoError(explain(error, folder, options.port, lack))
  })
  const child = mongod.instanceInfo?.instance.mongodProcess
  const endToo = () => process.exit(1)
  child?.once('exit', endToo)
  return {
    description: `MongoDB ${await versionOf(mongod.getUri())}, found or downloaded by mongodb-memory-server`,
    folder,
    port: mongod.instanceInfo?.port ?? options.port,
    stop: async () => {
      child?.off('exit', endToo)
      await mongod.stop({ doCleanup: false })
    },
  }
}

function explain(error: Error & { code?: unknown }, folder: string, port: number, lack: string): string {
  if (/already in use/.test(error.message)) return portUnusable(port)
  if (/DBPathInUse/.test(error.message)) return folderInUse(folder)
  if (/initAndListen|closed unexpectedly|Exited before/.test(error.message)) return folderUnusable(folder)
  return noMongoHere(lack, String(error.code ?? error.message.split('\n')[0]))
}

async function versionOf(uri: string): Promise<string> {
  const client = new MongoClient(uri)
  try {
    const { version } = await client.db('admin').command({ buildInfo: 1 })
    return version
  } finally {
    await client.close()
  }
}
