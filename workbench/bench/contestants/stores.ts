// Only express-session, with the store named by STORE.
import { randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import express from 'express'
import type { SessionData } from 'express-session'
import { given, listen } from './listen.ts'
import { openStore } from './open-store.ts'
import { cookieFor, newSession } from './pages.ts'

const twoWeeksMs = 14 * 24 * 60 * 60 * 1000
const { middleware, stored } = await openStore(given('STORE'))
const app = express()

app.get('/memory', (_req, res) => {
  globalThis.gc?.()
  res.json(process.memoryUsage())
})
app.get('/stored', async (_req, res) => {
  res.json(await stored())
})
app.use(middleware)
/** Stores new sessions with the call that express-session uses. They expire evenly between firstMs and lastMs from now. */
app.get('/fill', async (req, res) => {
  const count = Number(req.query.count)
  const lastMs = Number(req.query.lastMs ?? twoWeeksMs)
  const firstMs = Number(req.query.firstMs ?? twoWeeksMs)
  const start = Date.now()
  const set = promisify((id: string, data: SessionData, done: (error?: unknown) => void) =>
    req.sessionStore.set(id, data, done),
  )
  let next = 0
  const worker = async () => {
    while (next < count) {
      const maxAge = start - Date.now() + firstMs + ((lastMs - firstMs) * next++) / count
      await set(randomBytes(24).toString('base64url'), sessionFor(maxAge))
    }
  }
  await Promise.all(Array.from({ length: 64 }, worker))
  res.json(count)
})
app.get('/sign-in', (req, res) => {
  Object.assign(req.session, newSession())
  res.send('Welcome')
})
app.get('/read', (req, res) => {
  res.sendStatus(req.session.signedInAt ? 200 : 401)
})
let writes = 0
app.get('/write', (req, res) => {
  req.session.address = `write ${writes++}`
  res.sendStatus(req.session.signedInAt ? 200 : 401)
})

listen(app)

function sessionFor(maxAge: number): SessionData {
  return { cookie: cookieFor(maxAge), passport: { user: randomBytes(12).toString('hex') }, ...newSession() }
}
