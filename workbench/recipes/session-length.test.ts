import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mongo } from 'mongoose'
import type { StoredSession } from '../support/app.ts'
import { copyProject } from '../support/project-copy.ts'
import { cleanUp, sharedDatabaseUrl, startServerProcess, Visitor } from '../support/testing.ts'
import { follow, recipe } from './follow.ts'

const hourMs = 60 * 60 * 1000
const dayMs = 24 * hourMs

const copy = copyProject()
follow(recipe('Choose how long a session lasts'), copy)
const databaseUrl = sharedDatabaseUrl()
const { address } = await startServerProcess({ databaseUrl, copy })
const client = await mongo.MongoClient.connect(databaseUrl)
cleanUp(() => client.close())
const sessions = client.db().collection<StoredSession>('sessions')

test('a session ends after seven days without use, and after fourteen in any case', async () => {
  const visitor = new Visitor(address)
  await visitor.register()
  const session = await only()
  assert.equal(session.expires.getTime() - session.lastModified.getTime(), 7 * dayMs)

  const signedInAt = new Date(Date.now() - 13 * dayMs)
  const lastModified = new Date(Date.now() - dayMs)
  await sessions.updateOne({}, { $set: { lastModified, 'session.signedInAt': signedInAt } })
  assert.equal((await visitor.get('/dashboard')).status, 200)
  assert.equal((await only()).expires.getTime() - signedInAt.getTime(), 14 * dayMs)
})

test('without "Keep me signed in" it ends after eight hours', async () => {
  const { email, password } = await new Visitor(address).register()
  await sessions.deleteMany()
  await new Visitor(address).submit('/login', { email, password })
  const { expires, lastModified } = await only()
  assert.equal(expires.getTime() - lastModified.getTime(), 8 * hourMs)
})

async function only(): Promise<StoredSession> {
  const [session, ...others] = await sessions.find().toArray()
  assert.ok(session && others.length === 0)
  return session
}
