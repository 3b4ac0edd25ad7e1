import { randomBytes } from 'node:crypto'
import type { Contestant, Running } from './contestant.ts'

export const secretKey = randomBytes(32).toString('base64')

/** Accepted by the app. */
export const password = 'seven green bicycles'

const browser =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'

/** The built app, as npm start runs it, without its log: writing a line per request would distort the figures. */
export function ourApp(databaseUrl: string, name = 'our app'): Contestant {
  return {
    name,
    file: '../../dist/server.js',
    env: {
      DATABASE_URL: databaseUrl,
      SECRET_KEY: secretKey,
      LOG_LEVEL: 'warn',
      DRAIN_DELAY_SECONDS: '0',
      TRUST_PROXY: '1',
      APP_NAME: 'Acme',
      MAIL: 'off',
    },
  }
}

/** Fields and headers of a form that our app accepts, each from a different IP address. */
export function form(fields: Record<string, string>) {
  const [b, c, d] = randomBytes(3)
  return {
    body: new URLSearchParams(fields).toString(),
    headers: {
      'Content-Type': 'application/x-www-form-urlencoded',
      'Sec-Fetch-Site': 'same-origin',
      'User-Agent': browser,
      'X-Forwarded-For': `10.${b}.${c}.${d}`,
    },
  }
}

/** Registers a user, and returns the cookie of a session that has already shown its greeting. */
export async function register({ url }: Running): Promise<string> {
  const email = `${randomBytes(8).toString('hex')}@example.com`
  const { body, headers } = form({ name: 'Ada', email, password })
  const answer = await fetch(`${url}/register`, { method: 'POST', redirect: 'manual', headers, body })
  const cookie = cookieOf(answer)
  await get(`${url}/dashboard`, cookie)
  return cookie
}

export function cookieOf(answer: Response): string {
  // connect.sid or sid. The app also sets a cookie by which it recognizes the browser.
  const cookie = answer.headers
    .getSetCookie()
    .find((text) => /^[\w.]*sid=/.test(text))
    ?.split(';', 1)[0]
  if (!cookie) throw new Error(`${answer.url} answered ${answer.status} without a cookie`)
  return cookie
}

/** @returns the page @throws unless the status is 200 */
export async function get(url: string, cookie = ''): Promise<string> {
  const answer = await fetch(url, { headers: { cookie }, redirect: 'manual' })
  if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`)
  return answer.text()
}
