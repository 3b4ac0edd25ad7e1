import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { MongoClient } from 'mongodb'
import { type LocalMongo, type LocalMongoOptions, startLocalMongo } from '../../dev/mongodb/start.ts'
import { cleanUp } from '../support/clean-up.ts'
import { until } from '../support/server-process.ts'

describe('the process of a local MongoDB', () => {
  const folder = mkdtempSync(join(tmpdir(), 'local-mongodb-process-'))
  after(() => rmSync(folder, { recursive: true }))

  test('keeps its data when it stops', async () => {
    const options = { folder: join(folder, 'kept'), port: 0 }
    const first = await start(options)
    await withClient(first.uri, (client) => client.db().collection('notes').insertOne({ text: 'kept' }))
    await Promise.all([first.stop(), first.stop()])
    assert.equal(await first.exited, 'The database stopped.')

    const second = await start(options)
    const note = await withClient(second.uri, (client) => client.db().collection('notes').findOne())
    await second.stop()
    assert.equal(note?.text, 'kept')
  })

  test('keeps acknowledged writes when it is killed, and explains what happened', async () => {
    const options = { folder: join(folder, 'killed'), port: 0 }
    const first = await start(options)
    await withClient(first.uri, async (client) => {
      await client.db().collection('notes').insertOne({ text: 'kept' })
      process.kill(first.pid, 'SIGKILL')
      assert.equal(await first.exited, 'The database process stopped (SIGKILL). Run again.')
    })
    const second = await start(options)
    const count = await withClient(second.uri, (client) => client.db().collection('notes').countDocuments())
    await second.stop()
    assert.equal(count, 1)
  })

  test('explains that a folder is damaged', async () => {
    const damaged = join(folder, 'damaged')
    const mongo = await start({ folder: damaged, port: 0 })
    await mongo.stop()
    writeFileSync(join(damaged, 'WiredTiger.wt'), 'damage')
    await assert.rejects(startLocalMongo({ folder: damaged, port: 0 }), /damaged or belongs to another user/)
  })

  test('says when another process uses the folder or the port', async () => {
    const first = await start({ folder: join(folder, 'busy'), port: 0 })
    const inTheWay = (folder: string, port: number, message: string) =>
      assert.rejects(startLocalMongo({ folder, port }), { name: 'LocalMongoError', message })
    const { pid, port } = first
    await Promise.all([
      inTheWay(
        first.folder,
        0,
        `The database folder ${first.folder} is in use by process ${pid}. Stop it, or set DATABASE_URL.`,
      ),
      inTheWay(join(folder, 'other'), port, `Port ${port} is in use. Set DATABASE_PORT or DATABASE_URL.`),
    ]).finally(first.stop)
  })

  test('stops when its parent is killed', async (t) => {
    const start = JSON.stringify(import.meta.resolve('../../dev/mongodb/start.ts'))
    const options = JSON.stringify({ folder: join(folder, 'orphan'), port: 0 })
    const script = `const { startLocalMongo } = await import(${start})
      console.log((await startLocalMongo(${options})).pid)`
    const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', script]
    const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => parent.kill('SIGKILL'))
    const [line] = await once(parent.stdout, 'data')
    const pid = Number(line)
    assert.ok(isAlive(pid))

    parent.kill('SIGKILL')
    await until('it is gone', () => !isAlive(pid))
  })
})

/** Gone after the file's tests, whatever becomes of them. */
async function start(options: LocalMongoOptions): Promise<LocalMongo> {
  const mongo = await startLocalMongo(options)
  cleanUp(mongo.stop)
  return mongo
}

async function withClient<T>(uri: string, use: (client: MongoClient) => Promise<T>): Promise<T> {
  const client = new MongoClient(uri)
  try {
    return await use(client)
  } finally {
    await client.close()
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0) // sends nothing
  } catch {
    return false
  }
}
