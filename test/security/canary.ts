import { randomBytes } from 'node:crypto'
import type { mongo } from 'mongoose'
import type { Route } from '../support/registered-routes.ts'
import { linkIn, type TestSmtp } from '../support/smtp.ts' // mail
import type { TcpProxy } from '../support/tcp-proxy.ts'
import { cookiesOf, newPerson, Visitor } from '../support/visitor.ts'

interface Canary {
  email: string
  userId: string
  cookie: string
  secrets: Map<string, string>
}

interface Seen {
  what: string
  status: number
  /** But the cookies: of those, what is not meant to hold the secret. */
  text: string
}

export interface Journey {
  routes: Route[]
  /** http://127.0.0.1:PORT */
  address: string
  /** Between the server and MongoDB. */
  network: TcpProxy
  client: mongo.MongoClient
  smtp: TestSmtp // mail
}

/** Somebody new for each route, whose secrets are sent there in every place, right and wrong; and one for what goes wrong. */
export async function sendCanaries(
  journey: Journey,
): Promise<{ secrets: Map<string, string>; seen: Seen[] }> {
  const { routes, address, network, client } = journey
  const { smtp } = journey // mail
  const secrets = new Map<string, string>()
  const seen: Seen[] = []
  await Promise.all(routes.map(async (route) => sendEverywhere(route, await newCanary())))
  await failEverywhere(await newCanary())
  return { secrets, seen }

  /** Somebody new, whose every secret is one that was never seen before. */
  async function newCanary(): Promise<Canary> {
    const own = new Map([
      ['password', `canary-${randomBytes(12).toString('hex')}`],
      ['wrong password', `canary-${randomBytes(12).toString('hex')}`],
    ])
    const person = { ...newPerson(), password: own.get('password') ?? '' }
    const visitor = new Visitor(address)
    const answer = await visitor.submit('/register', { ...person })
    const cookies = cookiesOf(answer).map((cookie) => cookie.split(';', 1)[0] ?? '')
    for (const cookie of cookies) {
      const [name = '', value = ''] = cookie.split('=', 2)
      const [id = ''] = decodeURIComponent(value)
        .replace(/^(s:|browser~)/, '')
        .split(/[.~]/)
      own.set(`cookie ${name}`, value).set(`id in the cookie ${name}`, id)
    }
    // begin mail
    await visitor.submit('/forgot-password', { email: person.email })
    for (const mail of [await smtp.next(person.email), await smtp.next(person.email)]) {
      const [path = '', token = ''] = linkIn(mail).split('?token=')
      own.set(`token of ${path}`, token)
    }
    // end mail
    for (const [name, secret] of own) secrets.set(`${name} of ${person.email}`, secret)
    const user = await client.db().collection('users').findOne({ email: person.email })
    return { email: person.email, userId: String(user?._id), cookie: cookies.join('; '), secrets: own }
  }

  /** In the address, in fields under wrong names and under right ones, in headers, in bodies that are refused. */
  async function sendEverywhere({ method, path }: Route, canary: Canary): Promise<void> {
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
    await send(method, path, { cookie }, `${all}&more=${'x'.repeat(20_000)}`)
    await send(method, path, { cookie }, `password=${wrong}&password=${right}`)
    await send(method, path, {}, String(new URLSearchParams(fields)))
    await send(method, path, { cookie }, String(new URLSearchParams(fields)))
    // The last one, as it may end the account.
    await send(method, path, { cookie }, String(new URLSearchParams({ ...fields, password: right })))
  }

  async function failEverywhere({ cookie, email, userId, secrets }: Canary): Promise<void> {
    const [right = '', wrong = ''] = secrets.values()
    const form = String(new URLSearchParams({ email, password: wrong, 'new-password': right }))
    for (let tries = 0; tries < 8; tries += 1) await send('POST', '/login', {}, form)
    await send('POST', '/login', {}, String(new URLSearchParams({ email: right, password: wrong })))
    // Typed into the wrong field, it stands there on the page; what counts is the log.
    seen.pop()
    await send('POST', '/nowhere', { cookie }, form)
    await send('GET', `/nowhere?password=${right}`, { cookie })
    network.swallow()
    await Promise.all(
      routes.map(({ method, path }) => send(method, `${path}?token=${right}`, { cookie }, form)),
    )
    network.heal()
    const sessions = client.db().collection('sessions')
    await sessions.updateMany(
      { 'session.passport.user': userId },
      { $set: { 'session.signedInAt': 'no date' } },
    )
    await send('GET', `/dashboard?password=${right}`, { cookie })
  }

  async function send(
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body = '',
  ): Promise<void> {
    const answer = await fetch(address + path.replace(':id', 'none'), {
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
    // A browser gets its own session, its own id and the token of its link back as cookies, and nothing else there.
    const cookies = answer.headers.getSetCookie().filter((one) => !/^(sid|browser|link)=/.test(one))
    const others = [...answer.headers].filter(([name]) => name !== 'set-cookie')
    // Whoever has to sign in comes back to the address they asked for, with what they themselves had put into it.
    const text = [JSON.stringify([cookies, others]), await answer.text()]
      .join('\n')
      .replaceAll(/\/login\?returnTo=[\w%.-]+/g, '')
    seen.push({ what: `${method} ${path.slice(0, 60)}`, status: answer.status, text })
  }
}
