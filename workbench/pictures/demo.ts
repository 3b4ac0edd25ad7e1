import type { mongo } from 'mongoose'
import { cookieOf, form, get, ourApp } from '../bench/harness/app.ts'
import { build } from '../bench/harness/ask.ts'
import { start } from '../bench/harness/contestant.ts'
import { openDatabaseServer } from '../bench/harness/database.ts'
import type { StoredSession } from '../support/app.ts'

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
  pid: number
  /** Ada's three-day-old session, as a Cookie header. */
  cookie: string
  /** The time that her sessions' ages are relative to. */
  now: number
  stop(): Promise<void>
}

/** The built app with its own database, where Ada has been signed in from three browsers for days. */
export async function startDemo(): Promise<Demo> {
  build()
  const database = await openDatabaseServer()
  const url = database.url('demo')
  const { APP_NAME: _, ...env } = ourApp(url).env
  const { url: address, pid, stop } = await start({ ...ourApp(url), env })
  const sessions = database.collection<StoredSession>(url, 'sessions')

  const now = Date.now()
  const cookie = await enter(address, '/register', ada, firefoxOnLinux)
  // The welcome message belongs to the first page.
  await get(`${address}/dashboard`, cookie)
  await age(sessions, now, firefoxOnLinux, { days: 3, minutes: 20, from: '203.0.113.7' })
  await enter(address, '/login', { ...ada, remember: 'on' }, chromeOnMac)
  await age(sessions, now, chromeOnMac, { days: 8, minutes: 190, from: '203.0.113.7' })
  await enter(address, '/login', { ...ada, remember: 'on' }, safariOnPhone)
  await age(sessions, now, safariOnPhone, { days: 1, minutes: 55, from: '198.51.100.23' })
  return {
    address,
    pid,
    cookie,
    now,
    async stop() {
      await stop()
      await database.stop()
    },
  }
}

/** Submits a form as this browser. */
async function enter(
  address: string,
  path: string,
  fields: Record<string, string>,
  browser: string,
): Promise<string> {
  const { body, headers } = form(fields)
  const sent = {
    method: 'POST',
    redirect: 'manual',
    body,
    headers: { ...headers, 'User-Agent': browser },
  } as const
  return cookieOf(await fetch(address + path, sent))
}

/** @param days since the sign-in @param minutes since it was last seen */
async function age(
  sessions: mongo.Collection<StoredSession>,
  now: number,
  browser: string,
  { days, minutes, from }: { days: number; minutes: number; from: string },
) {
  const lastModified = new Date(now - minutes * minuteMs)
  await sessions.updateOne(
    { 'session.userAgent': browser },
    {
      $set: {
        lastModified,
        expires: new Date(lastModified.getTime() + 14 * dayMs),
        'session.signedInAt': new Date(now - days * dayMs),
        'session.address': from,
      },
    },
  )
}
