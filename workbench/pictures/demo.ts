import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  connectDatabase,
  createApp,
  createHttpServer,
  createLog,
  readConfig,
  Session,
} from '../support/app.ts'
import { startLocalMongo } from '../support/development.ts'

export const ada = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'seven green bicycles' }

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs
const firefoxOnLinux = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const chromeOnMac =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36'
const safariOnPhone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1'

export interface Demo {
  /** http://127.0.0.1:PORT */
  address: string
  /** Ada's session of three days, as a Cookie header has it. */
  cookie: string
  /** The moment from which the ages of her sessions count. */
  now: number
  stop(): Promise<void>
}

/** The app with a database of its own, in which Ada has been signed in from three browsers for days. */
export async function startDemo(): Promise<Demo> {
  const folder = mkdtempSync(join(tmpdir(), 'demo-'))
  const mongo = await startLocalMongo({ folder: join(folder, 'data'), port: 0, journal: false })
  const config = readConfig({
    NODE_ENV: 'production',
    LOG_LEVEL: 'silent',
    DATABASE_URL: mongo.uri,
    SECRET_KEY: 'bm90IGEga2V5IGZvciBhbnkgcmVhbCBhcHA',
    MAIL: 'off',
  })
  const database = await connectDatabase(config.databaseUrl)
  const server = createHttpServer(createApp({ config, database, log: await createLog(config) }), config)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  // A server that listens on TCP has an address of this kind, not a path.
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const now = Date.now()
  const cookie = await enter(address, '/register', ada, firefoxOnLinux)
  // The welcome was for the first page.
  await fetch(`${address}/dashboard`, { headers: { Cookie: cookie } })
  await age(now, firefoxOnLinux, { days: 3, minutes: 20, from: '203.0.113.7' })
  await enter(address, '/login', { ...ada, remember: 'on' }, chromeOnMac)
  await age(now, chromeOnMac, { days: 8, minutes: 190, from: '203.0.113.7' })
  await enter(address, '/login', { ...ada, remember: 'on' }, safariOnPhone)
  await age(now, safariOnPhone, { days: 1, minutes: 55, from: '198.51.100.23' })

  return {
    address,
    cookie,
    now,
    async stop() {
      server.closeAllConnections()
      server.close()
      await database.close()
      await mongo.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Sends a form, as a browser does. */
async function enter(
  address: string,
  path: string,
  form: Record<string, string>,
  browser: string,
): Promise<string> {
  const { status, headers } = await fetch(address + path, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'User-Agent': browser, 'Sec-Fetch-Site': 'same-origin' },
    body: new URLSearchParams(form),
  })
  if (status !== 303) throw new Error(`${path} answered ${status}`)
  return headers
    .getSetCookie()
    .map((cookie) => cookie.split(';', 1)[0])
    .join('; ')
}

/** @param days since the sign-in @param minutes since it was last seen */
async function age(
  now: number,
  browser: string,
  { days, minutes, from }: { days: number; minutes: number; from: string },
) {
  const lastModified = new Date(now - minutes * minuteMs)
  await Session.updateOne(
    { 'session.userAgent': browser },
    {
      lastModified,
      expires: new Date(lastModified.getTime() + 14 * dayMs),
      'session.signedInAt': new Date(now - days * dayMs),
      'session.address': from,
    },
  )
}
