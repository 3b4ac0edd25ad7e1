import { randomBytes } from 'node:crypto'
import pLimit from 'p-limit'
import { maxBodySize } from '../../src/web/forms.ts'
import type { TestApp } from './app.ts'
import { addressOf, type Route, routesOf } from './registered-routes.ts'
import type { TcpProxy } from './tcp-proxy.ts'
import { cookiesOf, newPerson, type Person, type Visitor } from './visitor.ts'

interface Canary {
  email: string
  cookie: string
  secrets: Map<string, string>
}

interface Seen {
  what: string
  status: number
  /** Except cookies that are meant to hold the secret. */
  text: string
}

interface Journey {
  app: TestApp
  /** Between the app and MongoDB. */
  network: TcpProxy
  /** Other secrets of a new user, by name. */
  more?(visitor: Visitor, person: Person): Promise<readonly (readonly [name: string, secret: string])[]>
}

/** Routes tried at a time; limited because each has its own user, whose password is hashed. */
const atOnce = 8

/** A new user for each route, whose secrets are sent in every right and wrong place; and one for failures. */
export async function sendCanaries({
  app,
  network,
  more = async () => [],
}: Journey): Promise<{ secrets: Map<string, string>; seen: Seen[] }> {
  const routes = routesOf(app.server)
  const secrets = new Map<string, string>()
  const seen: Seen[] = []
  const limit = pLimit(atOnce)
  await Promise.all(routes.map((route) => limit(async () => sendEverywhere(route, await newCanary()))))
  await failEverywhere(await newCanary())
  return { secrets, seen }

  /** A new user with unique secrets. */
  async function newCanary(): Promise<Canary> {
    const own = new Map([
      ['password', `canary-${randomBytes(12).toString('hex')}`],
      ['wrong password', `canary-${randomBytes(12).toString('hex')}`],
    ])
    const person = { ...newPerson(), password: own.get('password') ?? '' }
    const visitor = app.visitor()
    const answer = await visitor.fillInAndSubmit('/register', { ...person })
    const cookies = cookiesOf(answer).map((cookie) => cookie.split(';', 1)[0] ?? '')
    for (const cookie of cookies) {
      const [name = '', value = ''] = cookie.split('=', 2)
      const [id = ''] = decodeURIComponent(value)
        .replace(/^(s:|browser~)/, '')
        .split(/[.~]/)
      own.set(`cookie ${name}`, value).set(`id in the cookie ${name}`, id)
    }
    for (const [name, secret] of await more(visitor, person)) own.set(name, secret)
    for (const [name, secret] of own) secrets.set(`${name} of ${person.email}`, secret)
    return { email: person.email, cookie: cookies.join('; '), secrets: own }
  }

  /** In the URL, in fields with wrong and right names, in headers, and in bodies that are refused. */
  async function sendEverywhere(route: Route, canary: Canary): Promise<void> {
    const { method } = route
    const path = addressOf(route)
    const { email } = canary
    const cookie = `${canary.cookie}; link=${canary.secrets.get(`token of ${path}`)}`
    const [right = '', wrong = ''] = canary.secrets.values()
    const all = new URLSearchParams(
      [...canary.secrets].map(([name, secret]): [string, string] => [name.replace(/\W/g, '_'), secret]),
    )
    const fields = {
      name: 'Ada',
      email,
      password: wrong,
      'new-password': wrong,
      passwort: right,
      token: right,
    }
    const tokens = [...canary.secrets]
      .filter(([name]) => name.startsWith('token of'))
      .map(([, token]) => token)

    await send(method, `${path}?password=${right}&${all}`)
    for (const token of tokens) await send(method, `${path}?token=${token}`, { cookie })
    await send(method, path, {
      authorization: `Bearer ${right}`,
      'x-token': tokens.join(),
      referer: `http://x/?${all}`,
    })
    await send(method, path, { 'sec-fetch-site': 'cross-site', cookie }, String(all))
    await send(method, path, { cookie, 'content-type': 'application/json' }, JSON.stringify(fields))
    await send(method, path, { cookie }, `${all}&more=${'x'.repeat(maxBodySize)}`)
    await send(method, path, { cookie }, `password=${wrong}&password=${right}`)
    await send(method, path, {}, String(new URLSearchParams(fields)))
    await send(method, path, { cookie }, String(new URLSearchParams(fields)))
    // Last, because it may delete the account.
    await send(method, path, { cookie }, String(new URLSearchParams({ ...fields, password: right })))
  }

  async function failEverywhere({ cookie, email, secrets }: Canary): Promise<void> {
    const [right = '', wrong = ''] = secrets.values()
    const form = String(new URLSearchParams({ email, password: wrong, 'new-password': right }))
    for (let attempt = 0; attempt < 8; attempt += 1) await send('POST', '/login', {}, form)
    await send('POST', '/login', {}, String(new URLSearchParams({ email: right, password: wrong })))
    // A secret entered in the wrong field is shown on the page again; here only the log matters.
    seen.pop()
    await send('POST', '/nowhere', { cookie }, form)
    await send('GET', `/nowhere?password=${right}`, { cookie })
    await send('GET', `/broken?password=${right}`, { cookie })
    network.swallow()
    await Promise.all(
      routes.map((route) => send(route.method, `${addressOf(route)}?token=${right}`, { cookie }, form)),
    )
    network.heal()
  }

  async function send(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body = '',
  ): Promise<void> {
    const answer = await fetch(app.address + path, {
      method,
      redirect: 'manual',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'sec-fetch-site': 'same-origin',
        'x-forwarded-for': '192.0.2.1',
        ...headers,
      },
      body: method === 'GET' ? null : body,
    })
    // A browser gets back only its own session, its own ID and the token of its link as cookies.
    const cookies = answer.headers.getSetCookie().filter((one) => !/^(sid|browser|link)=/.test(one))
    const others = [...answer.headers].filter(([name]) => name !== 'set-cookie')
    // Guests come back to the requested URL, with everything they put into it.
    const text = [JSON.stringify([cookies, others]), await answer.text()]
      .join('\n')
      .replaceAll(/\/login\?returnTo=[\w%.-]+/g, '')
    seen.push({ what: `${method} ${path.slice(0, 60)}`, status: answer.status, text })
  }
}
