import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import { startLocalMongo } from '../../dev/mongodb/start.ts'

describe('the process of a local MongoDB', () => {
  const folder = mkdtempSync(join(tmpdir(), 'local-mongodb-process-'))
  after(() => rmSync(folder, { recursive: true }))

  test('keeps its data when it stops', async () => {
    const options = { folder: join(folder, 'kept'), port: 0 }
    const first = await startLocalMongo(options)
    await withClient(first.uri, (client) => client.db().collection('notes').insertOne({ text: 'kept' }))
    await Promise.all([first.stop(), first.stop()])
    assert.equal(await first.exited, 'The database stopped.')

    const second = await startLocalMongo(options)
    const note = await withClient(second.uri, (client) => client.db().collection('notes').findOne())
    await second.stop()
    assert.equal(note?.text, 'kept')
  })

  test('keeps acknowledged writes when it is killed, and explains what happened', async () => {
    const options = { folder: join(folder, 'killed'), port: 0 }
    const first = await startLocalMongo(options)
    await withClient(first.uri, async (client) => {
      await client.db().collection('notes').insertOne({ text: 'kept' })
      process.kill(first.pid, 'SIGKILL')
      assert.equal(await first.exited, 'The database process stopped (SIGKILL). Run again.')
    })
    const second = await startLocalMongo(options)
    const count = await withClient(second.uri, (client) => client.db().collection('notes').countDocuments())
    await second.stop()
    assert.equal(count, 1)
  })

  test('explains that a folder is damaged', async () => {
    const damaged = join(folder, 'damaged')
    const mongo = await startLocalMongo({ folder: damaged, port: 0 })
    await mongo.stop()
    writeFileSync(join(damaged, 'WiredTiger.wt'), 'damage')
    await assert.rejects(startLocalMongo({ folder: damaged, port: 0 }), /damaged or belongs to another user/)
  })

  test('says when another process uses the folder or the port', async () => {
    const first = await startLocalMongo({ folder: join(folder, 'busy'), port: 0 })
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

  test('stops when its parent is killed', async () => {
    const start = JSON.stringify(import.meta.resolve('../../dev/mongodb/start.ts'))
    const options = JSON.stringify({ folder: join(folder, 'orphan'), port: 0 })
    const script = `const { startLocalMongo } = await import(${start})
      console.log((await startLocalMongo(${options})).pid)`
    const args = ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', script]
    const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(parent.stdout, 'data')
    const pid = Number(line)
    assert.ok(isAlive(pid))

    parent.kill('SIGKILL')
    for (let tries = 0; tries < 100 && isAlive(pid); tries++) await sleep(50)
    assert.ok(!isAlive(pid))
  })
})

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
