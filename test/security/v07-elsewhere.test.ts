import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { startTestApp } from '../support/app.ts'
import { startServerProcess } from '../support/server-process.ts'
import { locationOf, sessionCookieOf, Visitor } from '../support/visitor.ts'

const app = await startTestApp()
const [secretKey] = app.config.secretKeys
const server = await startServerProcess({ databaseUrl: app.database.url, env: { SECRET_KEY: secretKey } })

/** Somebody who is signed in, at both processes. */
async function member() {
  const here = app.visitor()
  const person = await here.register()
  const cookie = sessionCookieOf(await here.get('/dashboard')).split(';', 1)[0] ?? ''
  const there = () => new Visitor(server.address).get('/dashboard').set('Cookie', cookie)
  assert.equal((await there()).status, 200)
  return { here, there, person }
}

async function command(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', 'src/commands/sessions.ts', ...args],
    { env: { PATH: process.env.PATH, DATABASE_URL: app.database.url } },
  )
  return stdout
}

test('7.4.1 a session that was signed out is dead in another process at its next request', async () => {
  const { here, there } = await member()
  await here.submit('/logout')
  assert.match(locationOf(await there()), /^\/login/)
})

test('7.4.2 a deleted account is anonymous in another process at its next request', async () => {
  const { here, there, person } = await member()
  assert.equal(locationOf(await here.submit('/account/delete', { password: person.password })), '/')
  assert.match(locationOf(await there()), /^\/login/)
})

test('7.4.3 a new password ends the sessions in another process, too', async () => {
  const { here, there, person } = await member()
  await here.submit('/account/password', {
    password: person.password,
    'new-password': 'eleven purple kettles',
  })
  assert.match(locationOf(await there()), /^\/login/)
})

test('7.4.5 an operator ends the sessions of one person with a command, or those of all', async () => {
  await app.sessions.deleteMany({})
  const [ada, grace] = [await member(), await member()]
  assert.match(await command('end', '--user', ada.person.email), /^Ended 1 session/)
  assert.match(locationOf(await ada.there()), /^\/login/)
  assert.equal((await grace.there()).status, 200)
  assert.match(await command('end', '--all'), /^This would end 1 session/)
  assert.equal((await grace.there()).status, 200)
  await command('end', '--all', '--yes')
  assert.match(locationOf(await grace.there()), /^\/login/)
})
