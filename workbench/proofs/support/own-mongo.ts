import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LocalMongo, type LocalMongoOptions, startLocalMongo } from '../../support/development.ts'
import { cleanUp } from '../../support/testing.ts'

/** A MongoDB for one test file, which can kill it and restart it on the same port with the same data. */
export interface OwnMongo {
  readonly uri: string
  kill(): Promise<void>
  startAgain(): Promise<void>
}

/** Removed, with its data, after the file's tests. */
export async function startOwnMongo(options: Partial<LocalMongoOptions> = {}): Promise<OwnMongo> {
  const folder = mkdtempSync(join(tmpdir(), 'test-mongodb-'))
  const data = join(folder, 'data')
  let mongo: LocalMongo = await startLocalMongo({ folder: data, port: 0, ...options })
  cleanUp(async () => {
    await mongo.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    uri: mongo.uri,
    async kill() {
      process.kill(mongo.pid, 'SIGKILL')
      await mongo.exited
    },
    async startAgain() {
      mongo = await startLocalMongo({ folder: data, port: mongo.port, ...options })
    },
  }
}
